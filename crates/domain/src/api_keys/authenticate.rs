use super::model::key_digest;
use super::{ApiKeys, HeldKey, KEY_PREFIX};
use crate::sessions::AuthError;

impl ApiKeys {
    /// Whether a bearer credential is meant as an API key.
    pub fn is_key(credential: &str) -> bool {
        credential.starts_with(KEY_PREFIX)
    }

    /// The key in the clear that is shown, with its owner, when it counts.
    pub async fn authenticate(&self, key: &str) -> Result<HeldKey, AuthError> {
        let digest = key_digest(key, &*self.secrets).ok_or(AuthError::Invalid)?;
        self.store
            .by_digest(digest)
            .await?
            .filter(|held| held.is_live(self.clock.now()))
            .ok_or(AuthError::Invalid)
    }
}
