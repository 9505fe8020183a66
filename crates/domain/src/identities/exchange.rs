use super::{ExchangeError, Identities};
use crate::credentials::{LoginError, SignInBy};
use crate::kernel::{Origin, Secret, StoreError, Write};
use crate::sessions::Grant;

impl Identities {
    /// Exchanges the code of a sign-in for a session, as a login by password
    /// opens it; `device` is what the client keeps of earlier logins
    /// ([`Grant::device`]). The code works once, and is spent also for a
    /// suspended account.
    pub async fn exchange(
        &self,
        code: &Secret,
        device: Option<&Secret>,
        origin: &Origin,
    ) -> Result<Grant, ExchangeError> {
        let write = Write::new(self.digest(code), self.clock.now());
        let user = self
            .store
            .take_login_code(write)
            .await?
            .ok_or(ExchangeError::InvalidCode)?;
        let credentials = &self.credentials;
        let credential = credentials
            .store
            .by_user(user)
            .await?
            .ok_or(ExchangeError::InvalidCode)?;
        if credential.account.is_suspended() {
            return Err(LoginError::Suspended.into());
        }
        let from = credentials.sign_in_from(origin, device, Some(&credential));
        let opened = credentials.sign_in(&credential, &from, SignInBy::Identity);
        match opened.await {
            Ok(grant) => Ok(grant),
            // The account changed under our feet.
            Err(StoreError::Conflict | StoreError::Missing(_)) => Err(ExchangeError::InvalidCode),
            Err(error) => Err(error.into()),
        }
    }
}
