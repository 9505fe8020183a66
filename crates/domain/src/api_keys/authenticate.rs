use super::model::key_digest;
use super::{ApiKey, ApiKeys, KEY_PREFIX};
use crate::sessions::AuthError;

impl ApiKeys {
    /// Whether a bearer credential is meant as an API key.
    pub fn is_key(credential: &str) -> bool {
        credential.starts_with(KEY_PREFIX)
    }

    /// The key in the clear that is shown, when it is known and has not ended.
    pub async fn authenticate(&self, key: &str) -> Result<ApiKey, AuthError> {
        let digest = key_digest(key, &*self.secrets).ok_or(AuthError::Invalid)?;
        let now = self.clock.now();
        self.store
            .by_digest(digest)
            .await?
            .filter(|key| key.expires_at.is_none_or(|end| now < end))
            .ok_or(AuthError::Invalid)
    }
}
