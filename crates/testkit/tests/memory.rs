//! The in-memory adapters keep the storage contract.

use async_trait::async_trait;
use vestibule_domain::app::Storage;
use vestibule_testkit::contract::Harness;
use vestibule_testkit::memory::MemoryStorage;
use vestibule_testkit::storage_contract;

struct Memory(MemoryStorage);

#[async_trait]
impl Harness for Memory {
    async fn storage(&self) -> Storage {
        self.0.storage()
    }

    async fn fresh(&self) -> Storage {
        self.0.storage()
    }
}

storage_contract!(memory, async || Memory(MemoryStorage::default()));
