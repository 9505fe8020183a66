use super::{AuthError, Sessions};
use crate::kernel::Secret;

impl Sessions {
    /// Whether an access or refresh token would be accepted right now.
    pub async fn verify(&self, token: &Secret) -> Result<(), AuthError> {
        match self.by_access_token(token.expose()).await {
            Ok(_) => return Ok(()),
            Err(AuthError::Invalid) => {}
            Err(error) => return Err(error),
        }
        let digest = self.secrets.digest(token.expose().as_bytes());
        let record = self.store.refresh_record(digest).await?;
        match record {
            Some(record)
                if record.superseded_at.is_none()
                    && record.signed_in.is_live(self.clock.now(), &self.policy) =>
            {
                Ok(())
            }
            _ => Err(AuthError::Invalid),
        }
    }
}
