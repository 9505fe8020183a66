use super::{ExchangeError, Identities};
use crate::activity::{Details, Event, LogEntry};
use crate::credentials::{Credential, LoginError};
use crate::kernel::{Origin, Secret, StoreError, Write};
use crate::sessions::{Grant, OpenSession, SessionUse};

impl Identities {
    /// Exchanges the code of a sign-in for a session, as a login by password
    /// opens it. The code works once, and is spent also for a suspended
    /// account.
    pub async fn exchange(&self, code: &Secret, origin: &Origin) -> Result<Grant, ExchangeError> {
        let write = Write::new(self.digest(code), self.clock.now());
        let user = self
            .store
            .take_login_code(write)
            .await?
            .ok_or(ExchangeError::InvalidCode)?;
        let credential = self
            .credentials
            .store
            .by_user(user)
            .await?
            .ok_or(ExchangeError::InvalidCode)?;
        if credential.account.is_suspended() {
            return Err(LoginError::Suspended.into());
        }
        match self.open_session(&credential, origin).await {
            Ok(grant) => Ok(grant),
            // The account changed under our feet.
            Err(StoreError::Conflict | StoreError::Missing(_)) => Err(ExchangeError::InvalidCode),
            Err(error) => Err(error.into()),
        }
    }

    async fn open_session(
        &self,
        credential: &Credential,
        origin: &Origin,
    ) -> Result<Grant, StoreError> {
        let sessions = &self.credentials.sessions;
        let now = self.clock.now();
        let (session, grant) = sessions.prepare(&credential.account, origin, now, true);
        let entry = LogEntry {
            id: self.ids.id(),
            user: credential.account.id,
            event: Event::SessionCreated,
            session: Some(grant.session.id),
            origin: origin.clone(),
            details: Details::of([("by", "identity")]),
        };
        let command = OpenSession {
            session,
            checked: credential.version,
        };
        let write = Write::new(command, now).log(entry);
        sessions.store.open(write).await?;
        sessions.usage.note(SessionUse {
            user: grant.account.id,
            session: grant.session.id,
            at: now,
        });
        Ok(grant)
    }
}
