//! Schema migrations, embedded in the binary and applied at start.

use std::collections::BTreeSet;

use diesel::backend::Backend;
use diesel::dsl::sql;
use diesel::migration::MigrationSource;
use diesel::pg::Pg;
use diesel::sql_types::{BigInt, Text};
use diesel::sqlite::Sqlite;
use diesel::{QueryResult, RunQueryDsl};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use thiserror::Error;
use vestibule_domain::kernel::StoreError;

use super::dialect::{Conn, on};
use super::postgres::Connector;
use super::sqlite::opener::{Opener, Role};
use super::{Database, DatabaseConfig, JobError, Location, OpenError};

const SQLITE: EmbeddedMigrations = embed_migrations!("../../migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("../../migrations/postgres");

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
        violations: i64,
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
    let mut conn = match &config.location {
        Location::File(path) => Opener::new(path, config.busy_timeout)?.open(Role::Migrator)?,
        Location::Postgres(url) => {
            let conn = Connector::patient(url.clone()).connect();
            Conn::Pg(conn.map_err(|error| OpenError::Server(error.to_string()))?)
        }
    };
    conn.begin_migration()?;
    // Returning early closes the connection, which rolls back.
    let applied = run_pending(&mut conn)?;
    conn.commit()?;
    Ok(applied)
}

fn run_pending(conn: &mut Conn) -> Result<Vec<String>, MigrateError> {
    let known: BTreeSet<_> = known_to(conn).map_err(MigrateError::Failed)?;
    let newest_unknown = applied_versions(conn)?
        .into_iter()
        .filter(|version| !known.contains(version))
        .max();
    if let Some(version) = newest_unknown {
        return Err(MigrateError::NewerSchema { version });
    }
    let applied = match conn {
        Conn::Sqlite(c) => c.run_pending_migrations(SQLITE),
        Conn::Pg(c) => c.run_pending_migrations(POSTGRES),
    };
    let applied = applied
        .map_err(MigrateError::Failed)?
        .iter()
        .map(ToString::to_string)
        .collect();
    // PostgreSQL never stops checking references.
    if let Conn::Sqlite(c) = conn {
        let violations: i64 =
            sql::<BigInt>("SELECT count(*) FROM pragma_foreign_key_check").get_result(c)?;
        if violations > 0 {
            return Err(MigrateError::BrokenReferences { violations });
        }
    }
    Ok(applied)
}

/// The versions that this binary has and the database has not.
pub async fn pending(database: &Database) -> Result<Vec<String>, StoreError> {
    database
        .read(|conn| {
            let applied: BTreeSet<_> = applied_versions(conn)?.into_iter().collect();
            let known = known_to(conn).map_err(StoreError::Unavailable)?;
            Ok::<_, JobError>(known.difference(&applied).cloned().collect())
        })
        .await
}

/// The versions that this binary has for the database.
fn known_to(conn: &Conn) -> Result<BTreeSet<String>, AnyError> {
    fn versions<DB: Backend>(source: &EmbeddedMigrations) -> Result<BTreeSet<String>, AnyError>
    where
        EmbeddedMigrations: MigrationSource<DB>,
    {
        let migrations = MigrationSource::<DB>::migrations(source)?;
        Ok(migrations
            .iter()
            .map(|migration| migration.name().version().to_string())
            .collect())
    }
    match conn {
        Conn::Sqlite(_) => versions::<Sqlite>(&SQLITE),
        Conn::Pg(_) => versions::<Pg>(&POSTGRES),
    }
}

fn applied_versions(conn: &mut Conn) -> QueryResult<Vec<String>> {
    if !conn.has_migrations()? {
        return Ok(Vec::new());
    }
    on!(conn, |c| {
        sql::<Text>("SELECT version FROM __diesel_schema_migrations").load(c)
    })
}
