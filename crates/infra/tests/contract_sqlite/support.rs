//! A database in a folder of its own.

use std::sync::Arc;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use tempfile::TempDir;
use tokio::sync::Notify;
use vestibule_domain::app::Storage;
use vestibule_infra::cache::protocol::Invalidate;
use vestibule_infra::cache::storage::{CacheConfig, Writers};
use vestibule_infra::crypto::{AeadCipher, PayloadCipher, Secrets};
use vestibule_infra::database::{Database, DatabaseConfig, Location, migrations};
use vestibule_infra::storage::SqlStorage;

/// A migrated database.
pub(super) struct Migrated {
    config: DatabaseConfig,
    cipher: Arc<dyn PayloadCipher>,
    folder: TempDir,
}

/// One process on the database.
pub(super) struct Handle {
    pub(super) database: Database,
    pub(super) storage: Storage,
    pub(super) jobs_stored: Arc<Notify>,
}

impl Migrated {
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("vestibule.db");
        let config = DatabaseConfig::new(Location::File(path));
        migrations::migrate(&config).expect("the migrations");
        Self {
            config,
            cipher: Arc::new(AeadCipher::new(&Secrets::generate())),
            folder,
        }
    }

    /// A plain connection, whose writes no cache is told of.
    pub(super) fn conn(&self) -> SqliteConnection {
        let mut conn =
            SqliteConnection::establish(&self.config.location.to_string()).expect("a connection");
        conn.batch_execute("PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 5000")
            .expect("the settings");
        conn
    }

    /// Another process on the same database, with caches of its own.
    pub(super) fn connect(&self, with_caches: bool) -> Handle {
        let caches = CacheConfig {
            enabled: with_caches,
            capacity: 1_000,
        }
        .build(Writers::Alone);
        let config = DatabaseConfig {
            invalidate: caches
                .clone()
                .map(|caches| -> Arc<dyn Invalidate> { caches }),
            ..self.config.clone()
        };
        let database = Database::open(&config).expect("a database");
        let jobs_stored = Arc::new(Notify::new());
        let cipher = Arc::clone(&self.cipher);
        Handle {
            storage: SqlStorage::new(database.clone(), caches, cipher, jobs_stored.clone())
                .storage(),
            database,
            jobs_stored,
        }
    }

    /// Everything in the files of the database.
    pub(super) fn bytes(&self) -> Vec<u8> {
        std::fs::read_dir(self.folder.path())
            .expect("the folder")
            .flat_map(|file| std::fs::read(file.expect("a file").path()).expect("readable"))
            .collect()
    }
}
