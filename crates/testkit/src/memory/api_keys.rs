use async_trait::async_trait;
use vestibule_domain::api_keys::{ApiKey, ApiKeyStore, NewApiKey};
use vestibule_domain::kernel::{Digest, StoreError, Write};

use super::MemoryStorage;

#[async_trait]
impl ApiKeyStore for MemoryStorage {
    async fn create(&self, write: Write<NewApiKey>) -> Result<(), StoreError> {
        self.write(write, |state, new, _| {
            if let Some(owner) = new.key.owner {
                state.require_user(owner)?;
            }
            state.api_keys.insert(new.digest, new.key);
            Ok(((), Some(())))
        })
    }

    async fn by_digest(&self, digest: Digest) -> Result<Option<ApiKey>, StoreError> {
        self.read(|state| state.api_keys.get(&digest).cloned())
    }
}
