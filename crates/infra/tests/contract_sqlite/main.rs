//! The storage adapters on `SQLite`: the storage contract with caches off and
//! on, and what holds of this adapter beside it.

mod caches;
mod effects;
mod queries;
mod schema;
mod support;
mod user_tables;
mod walk;
mod walk_email;
mod walk_identities;
mod walk_organizations;

use async_trait::async_trait;
use vestibule_domain::app::Storage;
use vestibule_testkit::contract::Harness;
use vestibule_testkit::storage_contract;

use support::{Handle, Migrated};

struct Sqlite {
    cached: bool,
    /// Dropped before the folder is.
    first: Handle,
    db: Migrated,
}

impl Sqlite {
    fn open(cached: bool) -> Self {
        let db = Migrated::new();
        Self {
            cached,
            first: db.connect(cached),
            db,
        }
    }
}

#[async_trait]
impl Harness for Sqlite {
    async fn storage(&self) -> Storage {
        self.first.storage.clone()
    }

    async fn fresh(&self) -> Storage {
        self.db.connect(self.cached).storage
    }
}

storage_contract!(plain, async || Sqlite::open(false));
storage_contract!(cached, async || Sqlite::open(true));
