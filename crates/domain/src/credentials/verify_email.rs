use std::sync::Arc;

use super::{Credentials, VerifyEmailError};
use crate::kernel::{Secret, Write};
use crate::users::{Account, VerifyEmail};

impl Credentials {
    /// Proves an address by the key that was mailed to it; works once.
    pub async fn verify_email(&self, key: &Secret) -> Result<Arc<Account>, VerifyEmailError> {
        let command = VerifyEmail {
            token: self.secrets.digest(key.expose().as_bytes()),
        };
        self.users
            .verify_email(Write::new(command, self.clock.now()))
            .await?
            .ok_or(VerifyEmailError::InvalidKey)
    }
}
