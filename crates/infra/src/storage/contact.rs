use std::convert::Infallible;
use std::sync::Arc;

use async_trait::async_trait;
use diesel::prelude::*;
use vestibule_domain::contact::{
    CancelEmailChange, ConfirmEmailChange, EmailChange, EmailChangeStore, FormerEmail,
    MAX_CODE_TRIES, PendingEmailChange, PendingUndo, StartEmailChange, TryCode, UndoEmailChange,
};
use vestibule_domain::kernel::{Digest, StoreError, Timestamp, UserId, Write};
use vestibule_domain::users::{Account, EmailAddress};

use super::SqlStorage;
use super::account::{load_account, lock_user};
use super::api_keys::drop_keys_of;
use super::contact_rows::{ChangeRow, FormerRow};
use super::credentials::{delete_all_tokens, put_token};
use super::schema::{email_changes, former_emails, identities, sessions, users};
use super::users::require_user;
use crate::cache::protocol::CacheKey;
use crate::database::dialect::on;
use crate::database::{Conn, JobError};

#[async_trait]
impl EmailChangeStore for SqlStorage {
    async fn start(&self, write: Write<StartEmailChange>) -> Result<(), StoreError> {
        let Ok(()) = self
            .commit(
                write,
                |()| &(),
                |tx, start, _| {
                    lock_user(tx.conn, start.change.user)?;
                    delete_change(tx.conn, start.change.user)?;
                    let row = ChangeRow::new(start);
                    on!(tx.conn, |c| diesel::insert_into(email_changes::table)
                        .values(&row)
                        .execute(c))?;
                    Ok(Ok::<_, Infallible>(()))
                },
            )
            .await?;
        Ok(())
    }

    async fn pending(
        &self,
        user: UserId,
        now: Timestamp,
    ) -> Result<Option<EmailChange>, StoreError> {
        self.database
            .query(move |conn| {
                let row = live_change(conn, user, now)?;
                Ok(row.map(ChangeRow::into_change).transpose()?)
            })
            .await
    }

    async fn cancel(&self, write: Write<CancelEmailChange>) -> Result<bool, StoreError> {
        let outcome = self
            .commit(
                write,
                |()| &(),
                |tx, cancel, at| {
                    let Some(row) = locked_change(tx.conn, cancel.user, at)? else {
                        return Ok(Err(()));
                    };
                    if cancel
                        .expected
                        .is_some_and(|seen| seen.as_micros() != row.created_at)
                    {
                        return Err(StoreError::Conflict.into());
                    }
                    delete_change(tx.conn, cancel.user)?;
                    Ok(Ok(()))
                },
            )
            .await?;
        Ok(outcome.is_ok())
    }

    async fn by_token(
        &self,
        token: Digest,
        now: Timestamp,
    ) -> Result<Option<PendingEmailChange>, StoreError> {
        self.database
            .read(move |conn| {
                let row: Option<ChangeRow> = on!(conn, |c| email_changes::table
                    .filter(email_changes::token_digest.eq(token.0.as_slice()))
                    .filter(email_changes::expires_at.gt(now.as_micros()))
                    .select(ChangeRow::as_select())
                    .get_result(c)
                    .optional())?;
                match row {
                    Some(row) => row.into_pending(conn),
                    None => Ok(None),
                }
            })
            .await
    }

    async fn try_code(
        &self,
        write: Write<TryCode>,
    ) -> Result<Option<PendingEmailChange>, StoreError> {
        let outcome = self
            .commit(
                write,
                |_| &(),
                |tx, TryCode { user }, at| {
                    let counted = on!(tx.conn, |c| diesel::update(
                        email_changes::table
                            .find(user.to_string())
                            .filter(email_changes::expires_at.gt(at.as_micros()))
                            .filter(email_changes::tries.lt(most_tries()))
                    )
                    .set(email_changes::tries.eq(email_changes::tries + 1_i32))
                    .execute(c))?;
                    if counted == 0 {
                        return Ok(Err(()));
                    }
                    match live_change(tx.conn, *user, at)? {
                        Some(row) => Ok(row.into_pending(tx.conn)?.ok_or(())),
                        None => Ok(Err(())),
                    }
                },
            )
            .await?;
        Ok(outcome.ok())
    }

    async fn confirm(
        &self,
        write: Write<ConfirmEmailChange>,
    ) -> Result<Option<Arc<Account>>, StoreError> {
        let outcome = self
            .commit(
                write,
                |_| &(),
                |tx, confirm, at| {
                    let ConfirmEmailChange {
                        user,
                        token,
                        old,
                        undo,
                        undo_expires_at,
                    } = confirm;
                    let Some(row) = locked_change(tx.conn, *user, at)? else {
                        return Ok(Err(()));
                    };
                    if row.token_digest != token.0 {
                        return Ok(Err(()));
                    }
                    let change = row.into_change()?;
                    let replaced: (String, String) = on!(tx.conn, |c| users::table
                        .find(user.to_string())
                        .select((users::email, users::email_canonical))
                        .get_result(c))?;
                    if replaced.1 != old.canonical() {
                        return Err(StoreError::Conflict.into());
                    }
                    set_email(tx.conn, *user, &change.new_email, at, false)?;
                    delete_change(tx.conn, *user)?;
                    delete_all_tokens(tx.conn, *user)?;
                    on!(tx.conn, |c| diesel::insert_into(former_emails::table)
                        .values((
                            former_emails::digest.eq(undo.0.as_slice()),
                            former_emails::user_id.eq(user.to_string()),
                            former_emails::email.eq(&replaced.0),
                            former_emails::expires_at.eq(undo_expires_at.as_micros()),
                        ))
                        .execute(c))?;
                    tx.touch(CacheKey::User(*user));
                    let account = load_account(tx.conn, *user)?;
                    Ok(account.map(Arc::new).ok_or(()))
                },
            )
            .await?;
        Ok(outcome.ok())
    }

    async fn by_undo_token(
        &self,
        token: Digest,
        now: Timestamp,
    ) -> Result<Option<PendingUndo>, StoreError> {
        self.database
            .read(move |conn| {
                let Some(former) = live_former(conn, token, now)? else {
                    return Ok(None);
                };
                let account = load_account(conn, former.user)?;
                Ok(account.map(|account| PendingUndo {
                    former,
                    account: account.into(),
                }))
            })
            .await
    }

    async fn undo(&self, write: Write<UndoEmailChange>) -> Result<bool, StoreError> {
        let outcome = self
            .commit(
                write,
                |()| &(),
                |tx, undo, at| {
                    let UndoEmailChange { user, token, reset } = undo;
                    match lock_user(tx.conn, *user) {
                        Err(JobError::Store(StoreError::Missing(_))) => return Ok(Err(())),
                        locked => locked?,
                    };
                    let former = live_former(tx.conn, *token, at)?;
                    let Some(former) = former.filter(|former| former.user == *user) else {
                        return Ok(Err(()));
                    };
                    set_email(tx.conn, *user, &former.email, at, true)?;
                    let id = user.to_string();
                    on!(tx.conn, |c| diesel::delete(
                        sessions::table.filter(sessions::user_id.eq(&id))
                    )
                    .execute(c))?;
                    drop_keys_of(tx, &id)?;
                    on!(tx.conn, |c| diesel::delete(
                        identities::table.filter(identities::user_id.eq(&id))
                    )
                    .execute(c))?;
                    on!(tx.conn, |c| diesel::delete(
                        former_emails::table
                            .filter(former_emails::user_id.eq(&id))
                            .filter(former_emails::expires_at.ge(former.expires_at.as_micros()))
                    )
                    .execute(c))?;
                    delete_change(tx.conn, *user)?;
                    delete_all_tokens(tx.conn, *user)?;
                    put_token(tx.conn, *user, reset)?;
                    tx.touch(CacheKey::User(*user));
                    Ok(Ok(()))
                },
            )
            .await?;
        Ok(outcome.is_ok())
    }

    async fn former(&self, user: UserId, now: Timestamp) -> Result<Vec<FormerEmail>, StoreError> {
        self.database
            .query(move |conn| {
                let rows: Vec<FormerRow> = on!(conn, |c| former_emails::table
                    .filter(former_emails::user_id.eq(user.to_string()))
                    .filter(former_emails::expires_at.gt(now.as_micros()))
                    .order(former_emails::expires_at.desc())
                    .select(FormerRow::as_select())
                    .load(c))?;
                let former = rows.into_iter().map(FormerRow::into_former);
                Ok(former.collect::<Result<_, _>>()?)
            })
            .await
    }
}

fn most_tries() -> i32 {
    i32::try_from(MAX_CODE_TRIES).unwrap_or(i32::MAX)
}

fn live_change(
    conn: &mut Conn,
    user: UserId,
    now: Timestamp,
) -> Result<Option<ChangeRow>, JobError> {
    Ok(on!(conn, |c| email_changes::table
        .find(user.to_string())
        .filter(email_changes::expires_at.gt(now.as_micros()))
        .select(ChangeRow::as_select())
        .get_result(c)
        .optional())?)
}

/// The user's live change, which nobody else confirms or gives up meanwhile.
fn locked_change(
    conn: &mut Conn,
    user: UserId,
    now: Timestamp,
) -> Result<Option<ChangeRow>, JobError> {
    match lock_user(conn, user) {
        Err(JobError::Store(StoreError::Missing(_))) => Ok(None),
        locked => {
            locked?;
            live_change(conn, user, now)
        }
    }
}

/// Deletes the user's pending change, if there is one.
pub(super) fn delete_change(conn: &mut Conn, user: UserId) -> Result<(), JobError> {
    on!(conn, |c| diesel::delete(
        email_changes::table.find(user.to_string())
    )
    .execute(c))?;
    Ok(())
}

/// Sets the address, as proved; with `locked_out` also ends what the account
/// was opened with. A unique index refuses what is taken.
fn set_email(
    conn: &mut Conn,
    user: UserId,
    email: &EmailAddress,
    at: Timestamp,
    locked_out: bool,
) -> Result<(), JobError> {
    let out = locked_out.then(|| {
        (
            users::password_hash.eq(None::<String>),
            users::credential_version.eq(users::credential_version + 1_i64),
            users::auth_epoch.eq(users::auth_epoch + 1_i64),
        )
    });
    let updated = on!(conn, |c| diesel::update(
        users::table.find(user.to_string())
    )
    .set((
        users::email.eq(email.as_str()),
        users::email_canonical.eq(email.canonical()),
        users::email_verified.eq(true),
        users::version.eq(users::version + 1_i64),
        users::updated_at.eq(at.as_micros()),
        out,
    ))
    .execute(c))?;
    Ok(require_user(updated)?)
}

fn live_former(
    conn: &mut Conn,
    token: Digest,
    now: Timestamp,
) -> Result<Option<FormerEmail>, JobError> {
    let row: Option<FormerRow> = on!(conn, |c| former_emails::table
        .find(token.0.as_slice())
        .filter(former_emails::expires_at.gt(now.as_micros()))
        .select(FormerRow::as_select())
        .get_result(c)
        .optional())?;
    Ok(row.map(FormerRow::into_former).transpose()?)
}
