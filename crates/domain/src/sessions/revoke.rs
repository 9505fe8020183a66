use super::{EndOtherSessions, EndSession, RevokeError, Sessions, SignedIn};
use crate::activity::{Details, Event, LogEntry};
use crate::kernel::{Origin, SessionId, StoreError, Write};

impl Sessions {
    /// Ends one of the caller's sessions, maybe this one: its access tokens,
    /// refresh tokens and cookie are refused from the next request on.
    pub async fn revoke(
        &self,
        caller: &SignedIn,
        session: SessionId,
        origin: &Origin,
    ) -> Result<(), RevokeError> {
        let user = caller.account.id;
        if self.find(user, session).await?.is_none() {
            return Err(RevokeError::NotFound);
        }
        let command = EndSession { user, session };
        let entry = LogEntry {
            details: Details::of([("session", session.to_string())]),
            ..self.entry(caller, Event::SessionRevoked, origin)
        };
        let write = Write::new(command, self.clock.now()).log(entry);
        if self.store.end(write).await? {
            Ok(())
        } else {
            Err(RevokeError::NotFound)
        }
    }

    /// Ends every session of the caller but this one; answers how many.
    ///
    /// `Missing` when this session was ended meanwhile: two that end one
    /// another at the same time do not both succeed.
    pub async fn revoke_others(
        &self,
        caller: &SignedIn,
        origin: &Origin,
    ) -> Result<u64, StoreError> {
        let now = self.clock.now();
        let command = EndOtherSessions {
            user: caller.account.id,
            keep: caller.session.id,
            live: self.policy.live_at(now),
        };
        let entry = self.entry(caller, Event::OtherSessionsRevoked, origin);
        self.store
            .end_others(Write::new(command, now).log(entry))
            .await
    }

    fn entry(&self, caller: &SignedIn, event: Event, origin: &Origin) -> LogEntry {
        LogEntry {
            id: self.ids.id(),
            user: caller.account.id,
            event,
            session: Some(caller.session.id),
            origin: origin.clone(),
            details: Details::default(),
        }
    }
}
