use std::convert::Infallible;

use async_trait::async_trait;
use diesel::prelude::*;
use vestibule_domain::credentials::{
    Credential, CredentialStore, IssueToken, NewToken, Rehash, ReplacePassword, ResetPassword,
    TokenKind,
};
use vestibule_domain::kernel::{Digest, StoreError, Timestamp, UserId, Write};
use vestibule_domain::users::{EmailAddress, Username};

use super::account::{
    AccountRow, CredentialRow, credential_columns, into_credential, is_visible, lock_user,
};
use super::api_keys::drop_keys_of;
use super::contact::delete_change;
use super::schema::{devices, identities, sessions, single_use_tokens, users};
use super::users::require_user;
use super::{Shown, SqlStorage};
use crate::cache::protocol::CacheKey;
use crate::database::dialect::on;
use crate::database::{Conn, JobError};

#[async_trait]
impl CredentialStore for SqlStorage {
    async fn by_username(&self, username: &Username) -> Result<Option<Credential>, StoreError> {
        let canonical = username.canonical();
        let credential = self
            .database
            .query(move |conn| {
                let row: Option<CredentialRow> = on!(conn, |c| users::table
                    .filter(users::username_canonical.eq(canonical))
                    .select(credential_columns!())
                    .first(c)
                    .optional())?;
                Ok(row.map(into_credential).transpose()?)
            })
            .await?;
        Ok(self.credential_past_caches(credential))
    }

    async fn by_email(&self, email: &EmailAddress) -> Result<Option<Credential>, StoreError> {
        let canonical = email.canonical();
        let credential = self
            .database
            .query(move |conn| {
                let row: Option<CredentialRow> = on!(conn, |c| users::table
                    .filter(users::email_canonical.eq(canonical))
                    .select(credential_columns!())
                    .first(c)
                    .optional())?;
                Ok(row.map(into_credential).transpose()?)
            })
            .await?;
        Ok(self.credential_past_caches(credential))
    }

    async fn by_user(&self, user: UserId) -> Result<Option<Credential>, StoreError> {
        let credential = self
            .database
            .query(move |conn| {
                let row: Option<CredentialRow> = on!(conn, |c| users::table
                    .find(user.to_string())
                    .filter(is_visible())
                    .select(credential_columns!())
                    .first(c)
                    .optional())?;
                Ok(row.map(into_credential).transpose()?)
            })
            .await?;
        Ok(self.credential_past_caches(credential))
    }

    async fn replace_password(&self, write: Write<ReplacePassword>) -> Result<(), StoreError> {
        let Ok(()) = self
            .commit(
                write,
                |()| &(),
                |tx, replace, _| {
                    let ReplacePassword {
                        user,
                        checked,
                        password_hash,
                        keep,
                    } = replace;
                    let locked = lock_user(tx.conn, *user)?;
                    if locked.credential_version != checked.0 {
                        return Err(StoreError::Conflict.into());
                    }
                    let id = user.to_string();
                    let epoch = locked.auth_epoch + 1;
                    let updated = on!(tx.conn, |c| diesel::update(users::table.find(&id))
                        .set((
                            users::password_hash.eq(password_hash.as_str()),
                            users::credential_version.eq(users::credential_version + 1_i64),
                            users::auth_epoch.eq(epoch),
                        ))
                        .execute(c))?;
                    require_user(updated)?;
                    if let Some(keep) = keep {
                        // None is updated when the session has ended meanwhile.
                        on!(tx.conn, |c| diesel::update(
                            sessions::table
                                .find(keep.to_string())
                                .filter(sessions::user_id.eq(&id))
                                .filter(sessions::auth_epoch.eq(locked.auth_epoch))
                        )
                        .set(sessions::auth_epoch.eq(epoch))
                        .execute(c))?;
                        tx.touch(CacheKey::Session(*keep));
                    }
                    // The others are of another epoch, so that the caches need not
                    // know which they are.
                    on!(tx.conn, |c| diesel::delete(
                        sessions::table
                            .filter(sessions::user_id.eq(&id))
                            .filter(sessions::auth_epoch.ne(epoch))
                    )
                    .execute(c))?;
                    delete_tokens(tx.conn, *user, TokenKind::ResetPassword)?;
                    tx.touch(CacheKey::User(*user));
                    Ok(Ok::<_, Infallible>(()))
                },
            )
            .await?;
        Ok(())
    }

    async fn issue_token(&self, write: Write<IssueToken>) -> Result<(), StoreError> {
        let Ok(()) = self
            .commit(
                write,
                |()| &(),
                |tx, issue, _| {
                    lock_user(tx.conn, issue.user)?;
                    put_token(tx.conn, issue.user, &issue.token)?;
                    Ok(Ok::<_, Infallible>(()))
                },
            )
            .await?;
        Ok(())
    }

    async fn by_reset_token(
        &self,
        user: UserId,
        token: Digest,
        now: Timestamp,
    ) -> Result<Option<Credential>, StoreError> {
        let credential = self
            .database
            .query(move |conn| {
                let live = || {
                    single_use_tokens::table
                        .find(token.0.as_slice())
                        .filter(single_use_tokens::user_id.eq(user.to_string()))
                        .filter(single_use_tokens::kind.eq(TokenKind::ResetPassword.as_str()))
                        .filter(single_use_tokens::expires_at.gt(now.as_micros()))
                        .select(single_use_tokens::email_canonical)
                };
                let row: Option<CredentialRow> = on!(conn, |c| users::table
                    .find(user.to_string())
                    .filter(users::email_canonical.eq_any(live()))
                    .select(credential_columns!())
                    .first(c)
                    .optional())?;
                Ok(row.map(into_credential).transpose()?)
            })
            .await?;
        Ok(self.credential_past_caches(credential))
    }

    async fn reset_password(&self, write: Write<ResetPassword>) -> Result<bool, StoreError> {
        let outcome = self
            .commit(
                write,
                |()| &(),
                |tx, reset, at| {
                    let ResetPassword {
                        user,
                        token,
                        password_hash,
                    } = reset;
                    let locked = match lock_user(tx.conn, *user) {
                        Err(JobError::Store(StoreError::Missing(_))) => return Ok(Err(())),
                        locked => locked?,
                    };
                    if !spend_token(
                        tx.conn,
                        (*token, TokenKind::ResetPassword),
                        *user,
                        &locked.email_canonical,
                        at,
                    )? {
                        return Ok(Err(()));
                    }
                    let id = user.to_string();
                    let newly_verified = (!locked.email_verified).then(|| {
                        (
                            users::email_verified.eq(true),
                            users::version.eq(users::version + 1_i64),
                            users::updated_at.eq(at.as_micros()),
                        )
                    });
                    let updated = on!(tx.conn, |c| diesel::update(users::table.find(&id))
                        .set((
                            users::password_hash.eq(password_hash.as_str()),
                            users::credential_version.eq(users::credential_version + 1_i64),
                            users::auth_epoch.eq(users::auth_epoch + 1_i64),
                            newly_verified,
                        ))
                        .execute(c))?;
                    require_user(updated)?;
                    on!(tx.conn, |c| diesel::delete(
                        sessions::table.filter(sessions::user_id.eq(&id))
                    )
                    .execute(c))?;
                    delete_change(tx.conn, *user)?;
                    if !locked.email_verified {
                        // Whoever made the account had not shown that the address
                        // is theirs; whoever resets has.
                        drop_keys_of(tx, &id)?;
                        on!(tx.conn, |c| diesel::delete(
                            devices::table.filter(devices::user_id.eq(&id))
                        )
                        .execute(c))?;
                        on!(tx.conn, |c| diesel::delete(
                            identities::table.filter(identities::user_id.eq(&id))
                        )
                        .execute(c))?;
                    }
                    tx.touch(CacheKey::User(*user));
                    Ok(Ok(()))
                },
            )
            .await?;
        Ok(outcome.is_ok())
    }

    async fn rehash(&self, write: Write<Rehash>) -> Result<(), StoreError> {
        let Ok(()) = self
            .commit(
                write,
                |()| &(),
                |tx, rehash, _| {
                    let Rehash {
                        user,
                        checked,
                        password_hash,
                    } = rehash;
                    if lock_user(tx.conn, *user)?.credential_version != checked.0 {
                        return Err(StoreError::Conflict.into());
                    }
                    let updated = on!(tx.conn, |c| diesel::update(
                        users::table.find(user.to_string())
                    )
                    .set(users::password_hash.eq(password_hash.as_str()))
                    .execute(c))?;
                    require_user(updated)?;
                    Ok(Ok::<_, Infallible>(()))
                },
            )
            .await?;
        Ok(())
    }
}

impl SqlStorage {
    fn credential_past_caches(&self, credential: Option<Credential>) -> Option<Credential> {
        let account = credential.as_ref().map(|credential| &*credential.account);
        self.shown(account.map(Shown::Account));
        credential
    }
}

/// Stores a token in place of an earlier one of its kind.
pub(super) fn put_token(conn: &mut Conn, user: UserId, token: &NewToken) -> Result<(), JobError> {
    let NewToken {
        digest,
        kind,
        email_canonical,
        expires_at,
    } = token;
    delete_tokens(conn, user, *kind)?;
    on!(conn, |c| diesel::insert_into(single_use_tokens::table)
        .values((
            single_use_tokens::digest.eq(digest.0.as_slice()),
            single_use_tokens::user_id.eq(user.to_string()),
            single_use_tokens::kind.eq(kind.as_str()),
            single_use_tokens::email_canonical.eq(email_canonical),
            single_use_tokens::expires_at.eq(expires_at.as_micros()),
        ))
        .execute(c))?;
    Ok(())
}

fn delete_tokens(conn: &mut Conn, user: UserId, kind: TokenKind) -> Result<(), JobError> {
    on!(conn, |c| diesel::delete(
        single_use_tokens::table
            .filter(single_use_tokens::user_id.eq(user.to_string()))
            .filter(single_use_tokens::kind.eq(kind.as_str()))
    )
    .execute(c))?;
    Ok(())
}

/// Deletes the user's tokens of every kind.
pub(super) fn delete_all_tokens(conn: &mut Conn, user: UserId) -> Result<(), JobError> {
    on!(conn, |c| diesel::delete(
        single_use_tokens::table.filter(single_use_tokens::user_id.eq(user.to_string()))
    )
    .execute(c))?;
    Ok(())
}

/// Deletes the user's live token, made for this address; whether there was
/// one. The count decides between parallel calls.
pub(super) fn spend_token(
    conn: &mut Conn,
    (digest, kind): (Digest, TokenKind),
    user: UserId,
    email_canonical: &str,
    at: Timestamp,
) -> Result<bool, JobError> {
    let spent = on!(conn, |c| diesel::delete(
        single_use_tokens::table
            .find(digest.0.as_slice())
            .filter(single_use_tokens::kind.eq(kind.as_str()))
            .filter(single_use_tokens::user_id.eq(user.to_string()))
            .filter(single_use_tokens::email_canonical.eq(email_canonical))
            .filter(single_use_tokens::expires_at.gt(at.as_micros()))
    )
    .execute(c))?;
    Ok(spent == 1)
}
