use std::net::IpAddr;
use std::sync::Arc;

use async_trait::async_trait;
use redb::WriteTransaction;
use serde::{Deserialize, Serialize};
use vestibule_domain::kernel::{
    Digest, Origin, Page, PageRequest, SessionId, StoreError, Timestamp, UserId, Write, kinds,
};
use vestibule_domain::sessions::{
    EndOtherSessions, EndSession, LiveAt, NewSession, OpenSession, RefreshRecord, RotateRefresh,
    Session, SessionStore, SessionUse, SignedIn,
};

use crate::database::{Done, RedbStorage};
use crate::page::page;
use crate::schema::{REFRESH_TOKEN_OF_SESSION, REFRESH_TOKENS, SESSION_OF_COOKIE, SESSIONS};
use crate::table::{Place, Reads, Stored, Writes as _, digest_key, owned, owned_by};
use crate::users::{find_user, put_user, require_user};

#[async_trait]
impl SessionStore for RedbStorage {
    async fn open(&self, write: Write<OpenSession>) -> Result<(), StoreError> {
        self.write(write, |tx, open, _| {
            let session = &open.session.session;
            let user = require_user(tx, session.user)?;
            if user.credential_version != open.checked
                || user.account.is_suspended()
                || user.account.auth_epoch != session.auth_epoch
            {
                return Err(StoreError::Conflict);
            }
            put_session(tx, open.session)?;
            Ok(((), Some(())))
        })
        .await
    }

    async fn signed_in(
        &self,
        session: SessionId,
        user: UserId,
    ) -> Result<Option<SignedIn>, StoreError> {
        self.read(move |tx| signed_in(tx, &owned(user, session)))
            .await
    }

    async fn by_cookie(&self, cookie: Digest) -> Result<Option<SignedIn>, StoreError> {
        self.read(
            move |tx| match tx.get(&SESSION_OF_COOKIE, &digest_key(cookie))? {
                Some(session) => signed_in(tx, &session),
                None => Ok(None),
            },
        )
        .await
    }

    async fn list(
        &self,
        user: UserId,
        live: Option<LiveAt>,
        request: PageRequest<kinds::Session>,
    ) -> Result<Page<Session>, StoreError> {
        self.read(move |tx| {
            let (sessions, prefix) = (tx.open(&SESSIONS)?, owned_by(user));
            let epoch = find_user(tx, user)?.map(|user| user.account.auth_epoch);
            let counts = |session: &Session| {
                live.is_none_or(|live| epoch.is_some_and(|epoch| live.counts(session, epoch)))
            };
            let all = sessions.starting_with(&prefix)?;
            let count = all.iter().filter(|stored| counts(&stored.session)).count();
            page(&sessions, &prefix, request, count as u64, |stored| {
                counts(&stored.session).then_some(stored.session)
            })
        })
        .await
    }

    async fn refresh_record(&self, digest: Digest) -> Result<Option<RefreshRecord>, StoreError> {
        self.read(move |tx| {
            let Some(token) = tx.get(&REFRESH_TOKENS, &digest_key(digest))? else {
                return Ok(None);
            };
            let signed_in = signed_in(tx, &owned(token.user, token.session))?;
            Ok(signed_in.map(|signed_in| RefreshRecord {
                signed_in,
                superseded_at: token.superseded_at,
            }))
        })
        .await
    }

    async fn rotate_refresh(&self, write: Write<RotateRefresh>) -> Result<bool, StoreError> {
        self.write(write, |tx, rotate, at| {
            let RotateRefresh { session, old, new } = rotate;
            let newest = tx
                .get(&REFRESH_TOKENS, &digest_key(old))?
                .filter(|token| token.session == session && token.superseded_at.is_none());
            let Some(mut token) = newest else {
                return Ok((false, None));
            };
            let user = token.user;
            let key = owned(user, session);
            let Some(mut stored) = tx.get(&SESSIONS, &key)? else {
                return Ok((false, None));
            };
            token.superseded_at = Some(at);
            tx.put(&REFRESH_TOKENS, &digest_key(old), &token)?;
            put_refresh_token(tx, user, session, new)?;
            stored.session.last_used_at = stored.session.last_used_at.max(at);
            tx.put(&SESSIONS, &key, &stored)?;
            Ok((true, Some(())))
        })
        .await
    }

    async fn end(&self, write: Write<EndSession>) -> Result<bool, StoreError> {
        self.write(write, |tx, end, _| {
            let ended = end_session(tx, end.user, end.session)?;
            Ok((ended, ended.then_some(())))
        })
        .await
    }

    async fn end_others(&self, write: Write<EndOtherSessions>) -> Result<u64, StoreError> {
        self.write(write, |tx, end, _| {
            let EndOtherSessions { user, keep, live } = end;
            let mut stored = require_user(tx, user)?;
            let epoch = stored.account.auth_epoch;
            let sessions = sessions_of(tx, user)?;
            let kept = sessions
                .iter()
                .find(|session| session.id == keep && session.auth_epoch == epoch);
            let kept = kept.ok_or(StoreError::Missing("session"))?;
            let others = || sessions.iter().filter(|session| session.id != keep);
            let ended = others().filter(|session| live.counts(session, epoch));
            let ended = ended.count() as u64;
            if ended == 0 {
                return Ok((0, None));
            }
            stored.account.auth_epoch = epoch + 1;
            put_user(tx, &stored)?;
            move_session(tx, kept, epoch + 1)?;
            for other in others() {
                end_session(tx, user, other.id)?;
            }
            Ok((ended, Some(())))
        })
        .await
    }

    async fn record_use(&self, uses: &[SessionUse]) -> Result<(), StoreError> {
        let uses = uses.to_vec();
        self.transact(move |tx| {
            for SessionUse { user, session, at } in uses {
                let key = owned(user, session);
                let Some(mut stored) = tx.get(&SESSIONS, &key)? else {
                    continue;
                };
                stored.session.last_used_at = stored.session.last_used_at.max(at);
                tx.put(&SESSIONS, &key, &stored)?;
                if let Some(mut user) = find_user(tx, user)? {
                    user.account.last_seen_at = user.account.last_seen_at.max(Some(at));
                    put_user(tx, &user)?;
                }
            }
            Ok(Done::Commit(()))
        })
        .await
    }
}

/// The session with this key and its account; both are read in one snapshot.
fn signed_in(tx: &impl Reads, key: &str) -> Result<Option<SignedIn>, StoreError> {
    let Some(StoredSession { session, .. }) = tx.get(&SESSIONS, key)? else {
        return Ok(None);
    };
    let user = find_user(tx, session.user)?;
    Ok(user.map(|user| SignedIn {
        session: Arc::new(session),
        account: Arc::new(user.account),
    }))
}

/// All sessions of a user.
pub(crate) fn sessions_of(tx: &WriteTransaction, user: UserId) -> Result<Vec<Session>, StoreError> {
    let sessions = tx.open(&SESSIONS)?.starting_with(&owned_by(user))?;
    Ok(sessions.into_iter().map(|stored| stored.session).collect())
}

pub(crate) fn put_session(tx: &WriteTransaction, new: NewSession) -> Result<(), StoreError> {
    let NewSession {
        session,
        refresh,
        cookie,
    } = new;
    let (user, id) = (session.user, session.id);
    let key = owned(user, id);
    let cookie = cookie.map(digest_key);
    if let Some(cookie) = &cookie {
        tx.put(&SESSION_OF_COOKIE, cookie, &key)?;
    }
    put_refresh_token(tx, user, id, refresh)?;
    tx.put(&SESSIONS, &key, &StoredSession { session, cookie })
}

/// Lets a session live on under another epoch.
pub(crate) fn move_session(
    tx: &WriteTransaction,
    session: &Session,
    auth_epoch: i64,
) -> Result<(), StoreError> {
    let key = owned(session.user, session.id);
    if let Some(mut stored) = tx.get(&SESSIONS, &key)? {
        stored.session.auth_epoch = auth_epoch;
        tx.put(&SESSIONS, &key, &stored)?;
    }
    Ok(())
}

/// Deletes a session with its cookie and its refresh tokens; answers whether
/// the user had it.
pub(crate) fn end_session(
    tx: &WriteTransaction,
    user: UserId,
    session: SessionId,
) -> Result<bool, StoreError> {
    let key = owned(user, session);
    let Some(stored) = tx.get(&SESSIONS, &key)? else {
        return Ok(false);
    };
    tx.remove(&SESSIONS, &key)?;
    if let Some(cookie) = stored.cookie {
        tx.remove(&SESSION_OF_COOKIE, &cookie)?;
    }
    let tokens = tx
        .open(&REFRESH_TOKEN_OF_SESSION)?
        .starting_with(&format!("{key}/"))?;
    for token in tokens {
        tx.remove(&REFRESH_TOKENS, &token)?;
        tx.remove(&REFRESH_TOKEN_OF_SESSION, &format!("{key}/{token}"))?;
    }
    Ok(true)
}

/// Stores the newest refresh token of a session.
fn put_refresh_token(
    tx: &WriteTransaction,
    user: UserId,
    session: SessionId,
    token: Digest,
) -> Result<(), StoreError> {
    let key = digest_key(token);
    let index = format!("{}/{key}", owned(user, session));
    tx.put(&REFRESH_TOKEN_OF_SESSION, &index, &key)?;
    let token = RefreshToken {
        user,
        session,
        superseded_at: None,
    };
    tx.put(&REFRESH_TOKENS, &key, &token)
}

/// A session, and the key of its cookie.
pub(crate) struct StoredSession {
    session: Session,
    cookie: Option<String>,
}

/// The key has the ids of the user and of the session.
#[derive(Serialize, Deserialize)]
pub(crate) struct SessionRow {
    auth_epoch: i64,
    authenticated_at: i64,
    created_at: i64,
    last_used_at: i64,
    expires_at: i64,
    origin: OriginRow,
    cookie: Option<String>,
}

impl Stored for StoredSession {
    type Row = SessionRow;

    fn to_row(&self) -> SessionRow {
        let Self { session, cookie } = self;
        let Session {
            id: _,
            user: _,
            auth_epoch,
            authenticated_at,
            created_at,
            last_used_at,
            expires_at,
            origin,
        } = session;
        SessionRow {
            auth_epoch: *auth_epoch,
            authenticated_at: authenticated_at.as_micros(),
            created_at: created_at.as_micros(),
            last_used_at: last_used_at.as_micros(),
            expires_at: expires_at.as_micros(),
            origin: OriginRow::new(origin),
            cookie: cookie.clone(),
        }
    }

    fn from_row(row: SessionRow, at: Place<'_>) -> Result<Self, StoreError> {
        let SessionRow {
            auth_epoch,
            authenticated_at,
            created_at,
            last_used_at,
            expires_at,
            origin,
            cookie,
        } = row;
        let session = Session {
            id: at.id()?,
            user: at.owner()?,
            auth_epoch,
            authenticated_at: Timestamp::from_micros(authenticated_at),
            created_at: Timestamp::from_micros(created_at),
            last_used_at: Timestamp::from_micros(last_used_at),
            expires_at: Timestamp::from_micros(expires_at),
            origin: origin.into_origin(),
        };
        Ok(Self { session, cookie })
    }
}

/// A refresh token; the key has its digest.
pub(crate) struct RefreshToken {
    user: UserId,
    session: SessionId,
    superseded_at: Option<Timestamp>,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct RefreshTokenRow {
    user: String,
    session: String,
    superseded_at: Option<i64>,
}

impl Stored for RefreshToken {
    type Row = RefreshTokenRow;

    fn to_row(&self) -> RefreshTokenRow {
        let Self {
            user,
            session,
            superseded_at,
        } = self;
        RefreshTokenRow {
            user: user.to_string(),
            session: session.to_string(),
            superseded_at: superseded_at.map(Timestamp::as_micros),
        }
    }

    fn from_row(row: RefreshTokenRow, at: Place<'_>) -> Result<Self, StoreError> {
        let RefreshTokenRow {
            user,
            session,
            superseded_at,
        } = row;
        Ok(Self {
            user: at.parsed("user", user.parse())?,
            session: at.parsed("session", session.parse())?,
            superseded_at: superseded_at.map(Timestamp::from_micros),
        })
    }
}

#[derive(Serialize, Deserialize)]
pub(crate) struct OriginRow {
    ip: Option<IpAddr>,
    user_agent: Option<String>,
}

impl OriginRow {
    pub(crate) fn new(origin: &Origin) -> Self {
        let Origin { ip, user_agent } = origin;
        Self {
            ip: *ip,
            user_agent: user_agent.clone(),
        }
    }

    pub(crate) fn into_origin(self) -> Origin {
        let Self { ip, user_agent } = self;
        Origin { ip, user_agent }
    }
}
