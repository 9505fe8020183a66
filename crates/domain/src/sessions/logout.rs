use super::{EndSession, Sessions, SignedIn};
use crate::activity::{Details, Event, LogEntry};
use crate::kernel::{Origin, StoreError, Write};

impl Sessions {
    /// Ends the caller's session: its access tokens, refresh tokens and cookie
    /// are refused from the next request on.
    pub async fn logout(&self, caller: &SignedIn, origin: &Origin) -> Result<(), StoreError> {
        self.end(caller, Event::SessionEnded, origin).await
    }

    pub(super) async fn end(
        &self,
        signed_in: &SignedIn,
        event: Event,
        origin: &Origin,
    ) -> Result<(), StoreError> {
        let (user, session) = (signed_in.account.id, signed_in.session.id);
        let entry = LogEntry {
            id: self.ids.id(),
            user,
            event,
            session: Some(session),
            origin: origin.clone(),
            details: Details::default(),
        };
        let write = Write::new(EndSession { user, session }, self.clock.now()).log(entry);
        // A session that ended meanwhile is just as well.
        self.store.end(write).await.map(drop)
    }
}
