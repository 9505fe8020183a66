use super::{CancelEmailChange, CancelEmailChangeError, Contact, EmailChange};
use crate::activity::{Details, Event, LogEntry};
use crate::kernel::{Origin, StoreError, Timestamp, UserId, Write};
use crate::sessions::SignedIn;

impl Contact {
    /// The user's change of the e-mail address that waits for its proof.
    pub async fn email_change(&self, user: UserId) -> Result<Option<EmailChange>, StoreError> {
        self.store.pending(user, self.clock.now()).await
    }

    /// Gives the change up: its link and its code are dead.
    ///
    /// `expected` is `created_at` of the change that the caller saw, where the
    /// caller insists on it.
    pub async fn cancel_email_change(
        &self,
        caller: &SignedIn,
        expected: Option<Timestamp>,
        origin: &Origin,
    ) -> Result<(), CancelEmailChangeError> {
        let user = caller.account.id;
        let entry = LogEntry {
            id: self.ids.id(),
            user,
            event: Event::EmailChangeCancelled,
            session: Some(caller.session.id),
            origin: origin.clone(),
            details: Details::default(),
        };
        let command = CancelEmailChange { user, expected };
        let write = Write::new(command, self.clock.now()).log(entry);
        if self.store.cancel(write).await? {
            Ok(())
        } else {
            Err(CancelEmailChangeError::NotFound)
        }
    }
}
