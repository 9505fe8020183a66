use std::sync::Arc;

use async_trait::async_trait;
use vestibule_domain::kernel::{
    Digest, Page, PageRequest, SessionId, StoreError, UserId, Write, kinds,
};
use vestibule_domain::sessions::{
    EndOtherSessions, EndSession, LiveAt, OpenSession, RefreshRecord, RotateRefresh, Session,
    SessionStore, SessionUse, SignedIn,
};

use super::MemoryStorage;
use super::page::page;
use super::state::RefreshRow;

#[async_trait]
impl SessionStore for MemoryStorage {
    async fn open(&self, write: Write<OpenSession>) -> Result<(), StoreError> {
        self.write(write, |state, open, _| {
            let session = &open.session.session;
            let row = state.user_mut(session.user)?;
            if row.credential_version != open.checked
                || row.account.is_suspended()
                || row.account.auth_epoch != session.auth_epoch
            {
                return Err(StoreError::Conflict);
            }
            state.put_session(open.session);
            Ok(((), Some(())))
        })
    }

    async fn signed_in(
        &self,
        session: SessionId,
        user: UserId,
    ) -> Result<Option<SignedIn>, StoreError> {
        self.read(|state| {
            state
                .signed_in(session)
                .filter(|signed_in| signed_in.session.user == user)
        })
    }

    async fn by_cookie(&self, cookie: Digest) -> Result<Option<SignedIn>, StoreError> {
        self.read(|state| {
            let (id, _) = state
                .sessions
                .iter()
                .find(|(_, row)| row.cookie == Some(cookie))?;
            state.signed_in(*id)
        })
    }

    async fn list(
        &self,
        user: UserId,
        live: Option<LiveAt>,
        request: PageRequest<kinds::Session>,
    ) -> Result<Page<Session>, StoreError> {
        self.read(|state| {
            let epoch = state.users.get(&user).map(|row| row.account.auth_epoch);
            let rows = state.sessions.iter().filter(|(_, row)| {
                row.session.user == user
                    && live.is_none_or(|live| {
                        epoch.is_some_and(|epoch| live.counts(&row.session, epoch))
                    })
            });
            page(
                rows.map(|(id, row)| (*id, row.session.as_ref().clone())),
                request,
            )
        })
    }

    async fn refresh_record(&self, digest: Digest) -> Result<Option<RefreshRecord>, StoreError> {
        self.read(|state| {
            let row = state.refresh.get(&digest)?;
            Some(RefreshRecord {
                signed_in: state.signed_in(row.session)?,
                superseded_at: row.superseded_at,
            })
        })
    }

    async fn rotate_refresh(&self, write: Write<RotateRefresh>) -> Result<bool, StoreError> {
        self.write(write, |state, rotate, at| {
            let newest = state
                .refresh
                .get_mut(&rotate.old)
                .filter(|row| row.session == rotate.session && row.superseded_at.is_none());
            let (Some(old), Some(row)) = (newest, state.sessions.get_mut(&rotate.session)) else {
                return Ok((false, None));
            };
            old.superseded_at = Some(at);
            let session = Arc::make_mut(&mut row.session);
            session.last_used_at = session.last_used_at.max(at);
            let successor = RefreshRow {
                session: rotate.session,
                superseded_at: None,
            };
            state.refresh.insert(rotate.new, successor);
            Ok((true, Some(())))
        })
    }

    async fn end(&self, write: Write<EndSession>) -> Result<bool, StoreError> {
        self.write(write, |state, end, _| {
            let before = state.sessions.len();
            state.end_sessions(|session| session.id == end.session && session.user == end.user);
            let ended = state.sessions.len() < before;
            Ok((ended, ended.then_some(())))
        })
    }

    async fn end_others(&self, write: Write<EndOtherSessions>) -> Result<u64, StoreError> {
        self.write(write, |state, end, _| {
            let EndOtherSessions { user, keep, live } = end;
            let epoch = state.user_mut(user)?.account.auth_epoch;
            let kept = state.sessions.get_mut(&keep);
            let Some(kept) =
                kept.filter(|row| row.session.user == user && row.session.auth_epoch == epoch)
            else {
                return Err(StoreError::Missing("session"));
            };
            Arc::make_mut(&mut kept.session).auth_epoch = epoch + 1;
            let others = state.sessions.values();
            let ended =
                others.filter(|row| row.session.user == user && live.counts(&row.session, epoch));
            let ended = ended.count() as u64;
            if ended == 0 {
                return Ok((0, None));
            }
            state.user_mut(user)?.account_mut().auth_epoch = epoch + 1;
            state.end_sessions(|session| session.user == user && session.id != keep);
            Ok((ended, Some(())))
        })
    }

    async fn record_use(&self, uses: &[SessionUse]) -> Result<(), StoreError> {
        let mut state = self.reach()?;
        for used in uses {
            let Some(row) = state
                .sessions
                .get_mut(&used.session)
                .filter(|row| row.session.user == used.user)
            else {
                continue;
            };
            let session = Arc::make_mut(&mut row.session);
            session.last_used_at = session.last_used_at.max(used.at);
            if let Some(row) = state.users.get_mut(&used.user) {
                let account = row.account_mut();
                account.last_seen_at = account.last_seen_at.max(Some(used.at));
            }
        }
        Ok(())
    }
}
