//! The storage adapters on `PostgreSQL`: the storage contract with caches off
//! and on, and the schema beside that of `SQLite`.

#[path = "../../../../tests/support/postgres.rs"]
mod postgres;
mod schema;
mod server_keys;

use std::sync::Arc;

use async_trait::async_trait;
use postgres::Cluster;
use tokio::sync::Notify;
use vestibule_domain::app::Storage;
use vestibule_infra::cache::protocol::Invalidate;
use vestibule_infra::cache::storage::{CacheConfig, Writers};
use vestibule_infra::crypto::{AeadCipher, PayloadCipher, Secrets};
use vestibule_infra::database::{Database, DatabaseConfig, Location, PostgresUrl, migrations};
use vestibule_infra::storage::SqlStorage;
use vestibule_testkit::contract::Harness;
use vestibule_testkit::memory::MemoryStorage;
use vestibule_testkit::storage_contract;

/// A database of the case's own.
struct Postgres {
    cached: bool,
    config: DatabaseConfig,
    cipher: Arc<dyn PayloadCipher>,
    first: (Database, Storage),
    /// Dropped after the connections to it.
    _database: postgres::Database,
}

impl Postgres {
    fn open(cluster: &Cluster, cached: bool) -> Self {
        let database = cluster.create_database();
        let url = PostgresUrl::parse(database.url()).expect("a URL of PostgreSQL");
        let config = DatabaseConfig {
            readers: 2,
            writers: 4,
            ..DatabaseConfig::new(Location::Postgres(url))
        };
        migrations::migrate(&config).expect("the migrations");
        let cipher: Arc<dyn PayloadCipher> = Arc::new(AeadCipher::new(&Secrets::generate()));
        Self {
            cached,
            first: connect(&config, &cipher, cached),
            config,
            cipher,
            _database: database,
        }
    }
}

/// Another instance on the database, with caches of its own.
fn connect(
    config: &DatabaseConfig,
    cipher: &Arc<dyn PayloadCipher>,
    with_caches: bool,
) -> (Database, Storage) {
    let caches = CacheConfig {
        enabled: with_caches,
        capacity: 1_000,
    }
    .build(Writers::Several);
    let config = DatabaseConfig {
        invalidate: caches
            .clone()
            .map(|caches| -> Arc<dyn Invalidate> { caches }),
        ..config.clone()
    };
    let database = Database::open(&config).expect("a database");
    let storage = SqlStorage::new(
        database.clone(),
        caches,
        Arc::clone(cipher),
        Arc::new(Notify::new()),
    );
    (database, storage.storage())
}

#[async_trait]
impl Harness for Postgres {
    async fn storage(&self) -> Storage {
        self.first.1.clone()
    }

    async fn fresh(&self) -> Storage {
        connect(&self.config, &self.cipher, self.cached).1
    }

    async fn take_down(&self) -> bool {
        self.first.0.shutdown().await;
        true
    }
}

/// What a case runs against.
enum Subject {
    Postgres(Box<Postgres>),
    /// Said on standard error; the case proves nothing of `PostgreSQL` then.
    NotInstalled(MemoryStorage),
}

impl Subject {
    fn open(cached: bool) -> Self {
        match Cluster::shared() {
            Some(cluster) => Self::Postgres(Box::new(Postgres::open(cluster, cached))),
            None => Self::NotInstalled(MemoryStorage::default()),
        }
    }
}

#[async_trait]
impl Harness for Subject {
    async fn storage(&self) -> Storage {
        match self {
            Self::Postgres(postgres) => postgres.storage().await,
            Self::NotInstalled(memory) => memory.storage(),
        }
    }

    async fn fresh(&self) -> Storage {
        match self {
            Self::Postgres(postgres) => postgres.fresh().await,
            Self::NotInstalled(memory) => memory.storage(),
        }
    }

    async fn take_down(&self) -> bool {
        match self {
            Self::Postgres(postgres) => postgres.take_down().await,
            Self::NotInstalled(_) => false,
        }
    }
}

storage_contract!(plain, async || Subject::open(false));
storage_contract!(cached, async || Subject::open(true));
