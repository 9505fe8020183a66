//! Schema migrations, embedded in the binary and applied at start.

use std::collections::BTreeSet;

use diesel::dsl::sql;
use diesel::migration::{Migration, MigrationSource};
use diesel::sql_types::{Integer, Text};
use diesel::sqlite::Sqlite;
use diesel::{QueryResult, RunQueryDsl};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use thiserror::Error;
use vestibule_domain::kernel::StoreError;

use super::dialect::{Conn, on};
use super::sqlite::{Opener, Role};
use super::{Database, DatabaseConfig, JobError, OpenError};

const EMBEDDED: EmbeddedMigrations = embed_migrations!("../../migrations/sqlite");

type AnyError = Box<dyn std::error::Error + Send + Sync>;

/// Why a database cannot be migrated. It is as it was before.
#[derive(Debug, Error)]
pub enum MigrateError {
    /// The database cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The database was migrated by a later release.
    #[error(
        "the database has a newer schema: it was migrated by a later release \
         (migration {version}, which this binary does not know)"
    )]
    NewerSchema {
        /// The newest migration that this binary does not know.
        version: String,
    },
    /// After the migrations rows refer to others that do not exist.
    #[error("the migrations left {violations} broken references")]
    BrokenReferences {
        /// How many rows.
        violations: usize,
    },
    /// A migration failed.
    #[error("a migration failed: {0}")]
    Failed(#[source] AnyError),
}

impl From<diesel::result::Error> for MigrateError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Failed(error.into())
    }
}

/// Applies all pending migrations in one transaction, which other processes
/// that start at the same time wait for. Returns the versions applied.
pub fn migrate(config: &DatabaseConfig) -> Result<Vec<String>, MigrateError> {
    let opener = Opener::new(&config.path, config.busy_timeout)?;
    let mut conn = opener.open(Role::Migrator)?;
    conn.begin("BEGIN EXCLUSIVE")?;
    // Returning early closes the connection, which rolls back.
    let applied = run_pending(&mut conn)?;
    conn.commit()?;
    Ok(applied)
}

fn run_pending(conn: &mut Conn) -> Result<Vec<String>, MigrateError> {
    let known: BTreeSet<_> = embedded()
        .map_err(MigrateError::Failed)?
        .iter()
        .map(|migration| migration.name().version().to_string())
        .collect();
    let newest_unknown = applied_versions(conn)?
        .into_iter()
        .filter(|version| !known.contains(version))
        .max();
    if let Some(version) = newest_unknown {
        return Err(MigrateError::NewerSchema { version });
    }
    let applied = on!(conn, |c| c.run_pending_migrations(EMBEDDED))
        .map_err(MigrateError::Failed)?
        .iter()
        .map(ToString::to_string)
        .collect();
    let violations: Vec<i32> = on!(conn, |c| {
        sql::<Integer>("SELECT 1 FROM pragma_foreign_key_check").load(c)
    })?;
    if violations.is_empty() {
        Ok(applied)
    } else {
        Err(MigrateError::BrokenReferences {
            violations: violations.len(),
        })
    }
}

/// The versions that this binary has and the database has not.
pub async fn pending(database: &Database) -> Result<Vec<String>, StoreError> {
    database
        .read(|conn| {
            let applied: BTreeSet<_> = applied_versions(conn)?.into_iter().collect();
            let versions = embedded().map_err(StoreError::Unavailable)?;
            Ok::<_, JobError>(
                versions
                    .iter()
                    .map(|migration| migration.name().version().to_string())
                    .filter(|version| !applied.contains(version))
                    .collect(),
            )
        })
        .await
}

fn embedded() -> Result<Vec<Box<dyn Migration<Sqlite>>>, AnyError> {
    MigrationSource::<Sqlite>::migrations(&EMBEDDED)
}

/// Diesel's own look at its table creates it, which a reader may not.
fn applied_versions(conn: &mut Conn) -> QueryResult<Vec<String>> {
    const TABLE: &str =
        "SELECT count(*) FROM sqlite_schema WHERE name = '__diesel_schema_migrations'";
    let tables: i32 = on!(conn, |c| sql::<Integer>(TABLE).get_result(c))?;
    if tables == 0 {
        return Ok(Vec::new());
    }
    on!(conn, |c| {
        sql::<Text>("SELECT version FROM __diesel_schema_migrations").load(c)
    })
}
