use async_trait::async_trait;
use vestibule_domain::idempotency::{OnceRecord, OnceStore};
use vestibule_domain::kernel::{Digest, StoreError, Timestamp, Write};

use super::MemoryStorage;

#[async_trait]
impl OnceStore for MemoryStorage {
    async fn find(&self, key: Digest, now: Timestamp) -> Result<Option<OnceRecord>, StoreError> {
        self.read(|state| state.live_once(key, now).cloned())
    }

    async fn record(&self, write: Write<()>) -> Result<(), StoreError> {
        self.write(write, |_, (), _| Ok(((), Some(()))))
    }
}
