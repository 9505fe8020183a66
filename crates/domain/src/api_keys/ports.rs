use async_trait::async_trait;

use super::model::ApiKey;
use crate::kernel::{Digest, StoreError, Write};

/// Stores a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewApiKey {
    /// The key.
    pub key: ApiKey,
    /// Digest of the key in the clear.
    pub digest: Digest,
}

/// Stored API keys.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait ApiKeyStore: Send + Sync {
    /// Stores a new key. `Missing("user")` when its owner is gone.
    async fn create(&self, write: Write<NewApiKey>) -> Result<(), StoreError>;

    /// The key with this digest, expired or not. What another process changed
    /// MUST count here at once.
    async fn by_digest(&self, digest: Digest) -> Result<Option<ApiKey>, StoreError>;
}
