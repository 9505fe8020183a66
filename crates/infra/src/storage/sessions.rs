use std::convert::Infallible;
use std::sync::Arc;

use async_trait::async_trait;
use diesel::prelude::*;
use vestibule_domain::kernel::{
    Digest, Page, PageRequest, SessionId, StoreError, Timestamp, UserId, Write, kinds,
};
use vestibule_domain::sessions::{
    EndOtherSessions, EndSession, LiveAt, NewSession, OpenSession, RefreshRecord, RotateRefresh,
    Session, SessionStore, SessionUse, SignedIn,
};

use super::account::{AccountRow, is_visible, lock_user};
use super::paging::load_page;
use super::schema::{refresh_tokens, sessions, users};
use super::session_row::SessionRow;
use super::stored::time;
use super::users::require_user;
use super::{Shown, SqlStorage};
use crate::cache::protocol::CacheKey;
use crate::database::dialect::{lock_row, on};
use crate::database::{Conn, JobError};

/// Uses written in one transaction, two rows each.
const USES_PER_WRITE: usize = 250;

#[async_trait]
impl SessionStore for SqlStorage {
    async fn open(&self, write: Write<OpenSession>) -> Result<(), StoreError> {
        let Ok(()) = self
            .commit(
                write,
                |()| &(),
                |tx, open, _| {
                    let OpenSession {
                        session: new,
                        checked,
                    } = open;
                    let user = lock_user(tx.conn, new.session.user)?;
                    if user.credential_version != checked.0
                        || user.suspended_at.is_some()
                        || user.auth_epoch != new.session.auth_epoch
                    {
                        return Err(StoreError::Conflict.into());
                    }
                    insert_session(tx.conn, new)?;
                    tx.touch(CacheKey::Session(new.session.id));
                    Ok(Ok::<_, Infallible>(()))
                },
            )
            .await?;
        Ok(())
    }

    async fn signed_in(
        &self,
        session: SessionId,
        user: UserId,
    ) -> Result<Option<SignedIn>, StoreError> {
        let load = || self.database.look_up(&self.pairs, (session, user));
        let Some(caches) = self.caches() else {
            let signed_in = match load().await? {
                (Some(account), Some(session)) if session.user == user => Some(SignedIn {
                    session: Arc::new(session),
                    account: Arc::new(account),
                }),
                _ => None,
            };
            self.shown(signed_in.as_ref().map(Shown::SignedIn));
            return Ok(signed_in);
        };
        match caches.signed_in(session, user) {
            Some(hit) => Ok(Some(hit)),
            // Boxed, so that a hit does not pay for the size of this future.
            None => Box::pin(caches.load_signed_in(session, user, load)).await,
        }
    }

    async fn by_cookie(&self, cookie: Digest) -> Result<Option<SignedIn>, StoreError> {
        let signed_in = self
            .database
            .query(move |conn| {
                let row: Option<(AccountRow, SessionRow)> = on!(conn, |c| sessions::table
                    .inner_join(users::table)
                    .filter(sessions::cookie_digest.eq(cookie.0.as_slice()))
                    .filter(is_visible())
                    .select((AccountRow::as_select(), SessionRow::as_select()))
                    .first(c)
                    .optional())?;
                Ok(row.map(into_signed_in).transpose()?)
            })
            .await?;
        self.shown(signed_in.as_ref().map(Shown::SignedIn));
        Ok(signed_in)
    }

    async fn list(
        &self,
        user: UserId,
        live: Option<LiveAt>,
        page: PageRequest<kinds::Session>,
    ) -> Result<Page<Session>, StoreError> {
        let user = user.to_string();
        self.database
            .read(move |conn| {
                let (epoch, now, idle_since) = match live {
                    None => (i64::MIN, i64::MIN, i64::MIN),
                    Some(LiveAt { now, idle_since }) => {
                        let epoch: Option<i64> = on!(conn, |c| users::table
                            .find(&user)
                            .select(users::auth_epoch)
                            .get_result(c)
                            .optional())?;
                        let epoch = epoch.unwrap_or(i64::MAX);
                        (epoch, now.as_micros(), idle_since.as_micros())
                    }
                };
                let rows = load_page!(
                    conn,
                    page,
                    sessions::id,
                    SessionRow,
                    sessions::table
                        .filter(sessions::user_id.eq(&user))
                        .filter(sessions::auth_epoch.ge(epoch))
                        .filter(sessions::expires_at.gt(now))
                        .filter(sessions::last_used_at.gt(idle_since))
                );
                Ok(rows.into_page(SessionRow::into_session)?)
            })
            .await
    }

    async fn refresh_record(&self, digest: Digest) -> Result<Option<RefreshRecord>, StoreError> {
        type Row = (Option<i64>, AccountRow, SessionRow);
        let record = self
            .database
            .query(move |conn| {
                let row: Option<Row> = on!(conn, |c| refresh_tokens::table
                    .inner_join(sessions::table.inner_join(users::table))
                    .filter(refresh_tokens::digest.eq(digest.0.as_slice()))
                    .filter(is_visible())
                    .select((
                        refresh_tokens::superseded_at,
                        AccountRow::as_select(),
                        SessionRow::as_select(),
                    ))
                    .first(c)
                    .optional())?;
                let Some((superseded_at, account, session)) = row else {
                    return Ok(None);
                };
                Ok(Some(RefreshRecord {
                    signed_in: into_signed_in((account, session))?,
                    superseded_at: time(superseded_at),
                }))
            })
            .await?;
        let signed_in = record.as_ref().map(|record| &record.signed_in);
        self.shown(signed_in.map(Shown::SignedIn));
        Ok(record)
    }

    async fn rotate_refresh(&self, write: Write<RotateRefresh>) -> Result<bool, StoreError> {
        let outcome = self
            .commit(
                write,
                |()| &(),
                |tx, rotate, at| {
                    let RotateRefresh { session, old, new } = rotate;
                    let id = session.to_string();
                    // Whoever ends the session locks it before its tokens;
                    // the other way round each would wait for the other.
                    let locked: Option<String> =
                        lock_row!(tx.conn, sessions::table.find(&id).select(sessions::id))?;
                    if locked.is_none() {
                        return Ok(Err(()));
                    }
                    let superseded = on!(tx.conn, |c| diesel::update(
                        refresh_tokens::table
                            .find(old.0.as_slice())
                            .filter(refresh_tokens::session_id.eq(&id))
                            .filter(refresh_tokens::superseded_at.is_null())
                    )
                    .set(refresh_tokens::superseded_at.eq(at.as_micros()))
                    .execute(c))?;
                    if superseded != 1 {
                        return Ok(Err(()));
                    }
                    insert_refresh_token(tx.conn, *new, &id)?;
                    advance_last_used(tx.conn, &id, at)?;
                    tx.touch(CacheKey::Session(*session));
                    Ok(Ok(()))
                },
            )
            .await?;
        Ok(outcome.is_ok())
    }

    async fn end(&self, write: Write<EndSession>) -> Result<bool, StoreError> {
        let outcome = self
            .commit(
                write,
                |()| &(),
                |tx, end, _| {
                    let EndSession { user, session } = end;
                    let ended = on!(tx.conn, |c| diesel::delete(
                        sessions::table
                            .find(session.to_string())
                            .filter(sessions::user_id.eq(user.to_string()))
                    )
                    .execute(c))?;
                    if ended != 1 {
                        return Ok(Err(()));
                    }
                    tx.touch(CacheKey::Session(*session));
                    Ok(Ok(()))
                },
            )
            .await?;
        Ok(outcome.is_ok())
    }

    async fn end_others(&self, write: Write<EndOtherSessions>) -> Result<u64, StoreError> {
        let outcome = self
            .commit(
                write,
                |_| &(),
                |tx, end, _| {
                    let EndOtherSessions { user, keep, live } = end;
                    let epoch = lock_user(tx.conn, *user)?.auth_epoch;
                    let id = user.to_string();
                    let kept = on!(tx.conn, |c| diesel::update(
                        sessions::table
                            .find(keep.to_string())
                            .filter(sessions::user_id.eq(&id))
                            .filter(sessions::auth_epoch.eq(epoch))
                    )
                    .set(sessions::auth_epoch.eq(epoch + 1))
                    .execute(c))?;
                    if kept != 1 {
                        return Err(StoreError::Missing("session").into());
                    }
                    let ended: i64 = on!(tx.conn, |c| sessions::table
                        .filter(sessions::user_id.eq(&id))
                        .filter(sessions::auth_epoch.eq(epoch))
                        .filter(sessions::expires_at.gt(live.now.as_micros()))
                        .filter(sessions::last_used_at.gt(live.idle_since.as_micros()))
                        .count()
                        .get_result(c))?;
                    if ended == 0 {
                        // As it was: nothing has changed.
                        on!(tx.conn, |c| diesel::update(
                            sessions::table.find(keep.to_string())
                        )
                        .set(sessions::auth_epoch.eq(epoch))
                        .execute(c))?;
                        return Ok(Err(()));
                    }
                    let updated = on!(tx.conn, |c| diesel::update(users::table.find(&id))
                        .set(users::auth_epoch.eq(epoch + 1))
                        .execute(c))?;
                    require_user(updated)?;
                    // The others are of another epoch, so that the caches need not
                    // know which they are.
                    on!(tx.conn, |c| diesel::delete(
                        sessions::table
                            .filter(sessions::user_id.eq(&id))
                            .filter(sessions::id.ne(keep.to_string()))
                    )
                    .execute(c))?;
                    tx.touch(CacheKey::Session(*keep));
                    tx.touch(CacheKey::User(*user));
                    Ok(Ok(u64::try_from(ended).unwrap_or(0)))
                },
            )
            .await?;
        Ok(outcome.unwrap_or(0))
    }

    async fn record_use(&self, uses: &[SessionUse]) -> Result<(), StoreError> {
        // In one order everywhere, and the user before the session, as all
        // commands lock them: otherwise two could wait for each other.
        let mut uses = uses.to_vec();
        uses.sort_unstable_by_key(|used| (used.user, used.session));
        for uses in uses.chunks(USES_PER_WRITE) {
            let uses = uses.to_vec();
            self.database
                .write_background(move |tx| {
                    for SessionUse { user, session, at } in &uses {
                        let id = session.to_string();
                        let owner: Option<String> = on!(tx.conn, |c| sessions::table
                            .find(&id)
                            .select(sessions::user_id)
                            .first(c)
                            .optional())?;
                        let user_id = user.to_string();
                        if owner.is_none_or(|owner| owner != user_id) {
                            continue;
                        }
                        on!(tx.conn, |c| diesel::update(
                            users::table.find(&user_id).filter(
                                users::last_seen_at
                                    .is_null()
                                    .or(users::last_seen_at.lt(at.as_micros()))
                            )
                        )
                        .set(users::last_seen_at.eq(at.as_micros()))
                        .execute(c))?;
                        advance_last_used(tx.conn, &id, *at)?;
                        tx.touch(CacheKey::User(*user));
                        tx.touch(CacheKey::Session(*session));
                    }
                    Ok(())
                })
                .await?;
        }
        Ok(())
    }
}

/// One snapshot of both rows, in one statement. The session may be another
/// user's.
fn into_signed_in((account, session): (AccountRow, SessionRow)) -> Result<SignedIn, StoreError> {
    Ok(SignedIn {
        session: Arc::new(session.into_session()?),
        account: Arc::new(account.into_account()?),
    })
}

pub(super) fn insert_session(conn: &mut Conn, new: &NewSession) -> Result<(), JobError> {
    let NewSession {
        session,
        refresh,
        cookie,
    } = new;
    let row = SessionRow::new(session);
    on!(conn, |c| diesel::insert_into(sessions::table)
        .values((
            &row,
            sessions::cookie_digest.eq(cookie.as_ref().map(|digest| digest.0.as_slice())),
        ))
        .execute(c))?;
    insert_refresh_token(conn, *refresh, &row.id)
}

fn insert_refresh_token(conn: &mut Conn, digest: Digest, session: &str) -> Result<(), JobError> {
    on!(conn, |c| diesel::insert_into(refresh_tokens::table)
        .values((
            refresh_tokens::digest.eq(digest.0.as_slice()),
            refresh_tokens::session_id.eq(session),
        ))
        .execute(c))?;
    Ok(())
}

/// A use that is older than the one that is known changes nothing.
fn advance_last_used(conn: &mut Conn, session: &str, at: Timestamp) -> Result<(), JobError> {
    on!(conn, |c| diesel::update(
        sessions::table
            .find(session)
            .filter(sessions::last_used_at.lt(at.as_micros()))
    )
    .set(sessions::last_used_at.eq(at.as_micros()))
    .execute(c))?;
    Ok(())
}
