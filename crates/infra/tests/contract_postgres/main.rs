//! The storage adapters on `PostgreSQL`: the storage contract with caches off
//! and on, and the schema beside that of `SQLite`.

#[path = "../../../../tests/support/postgres.rs"]
mod postgres;
mod schema;
mod server_keys;
mod updates;

use std::sync::{Arc, OnceLock};

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
    /// A second instance without caches: it remembers nothing, so each look
    /// through it is a fresh one.
    second: OnceLock<(Database, Storage)>,
    /// Dropped after the connections to it.
    _database: postgres::Database,
}

impl Postgres {
    fn open(cluster: &Cluster, cached: bool) -> Self {
        let database = cluster.copy_database(migrated(cluster));
        let config = DatabaseConfig {
            readers: 2,
            writers: 4,
            ..DatabaseConfig::new(place(&database))
        };
        let cipher: Arc<dyn PayloadCipher> = Arc::new(AeadCipher::new(&Secrets::generate()));
        Self {
            cached,
            first: connect(&config, &cipher, cached),
            second: OnceLock::new(),
            config,
            cipher,
            _database: database,
        }
    }
}

/// What the databases of the cases are copied from.
fn migrated(cluster: &Cluster) -> &'static postgres::Database {
    static MIGRATED: OnceLock<postgres::Database> = OnceLock::new();
    MIGRATED.get_or_init(|| {
        let database = cluster.create_database();
        let config = DatabaseConfig::new(place(&database));
        migrations::migrate(&config).expect("the migrations");
        database
    })
}

fn place(database: &postgres::Database) -> Location {
    Location::Postgres(PostgresUrl::parse(database.url()).expect("a URL of PostgreSQL"))
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
        // Others read and write through the first.
        let config = DatabaseConfig {
            readers: 1,
            writers: 1,
            ..self.config.clone()
        };
        let connect = || connect(&config, &self.cipher, self.cached);
        if self.cached {
            return connect().1;
        }
        self.second.get_or_init(connect).1.clone()
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
