//! The only place that tells the databases apart.

use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel::dsl::sql;
use diesel::pg::PgConnection;
use diesel::sql_types::Bool;
use diesel::sqlite::SqliteConnection;
use diesel::{QueryResult, RunQueryDsl};

/// The key of the advisory lock that migrations hold: "VESTIBUL" in ASCII.
const MIGRATION_LOCK: i64 = 0x5645_5354_4942_554c;

/// A connection to whichever database is in use. Queries are written once,
/// inside `on!`.
#[expect(
    missing_debug_implementations,
    reason = "diesel's connections have no Debug"
)]
pub enum Conn {
    /// The embedded database.
    Sqlite(SqliteConnection),
    /// `PostgreSQL`.
    Pg(PgConnection),
}

/// Runs a query on whichever connection it is:
/// `on!(conn, |c| users::table.find(id).get_result(c).optional())?`.
///
/// The body is compiled once for each database. Where at most one row can
/// match, ask with `get_result`, not `first`: `first` adds `LIMIT ?`, and a
/// `SQLite` built without `SQLITE_ENABLE_QPSG` plans a statement anew each
/// time its limit is bound, which doubles the cost of a lookup by key.
macro_rules! on {
    ($conn:expr, |$c:ident| $body:expr) => {
        match $conn {
            $crate::database::Conn::Sqlite($c) => $body,
            $crate::database::Conn::Pg($c) => $body,
        }
    };
}
pub(crate) use on;

/// Loads the one row that a query finds, if it finds one, and keeps it as it is
/// until the transaction ends: other transactions that want to lock or change
/// it wait.
///
/// `FOR NO KEY UPDATE` lets those through that only insert rows which refer to
/// this one. On `SQLite` the writer is alone anyway.
macro_rules! lock_row {
    ($conn:expr, $query:expr) => {
        match $conn {
            $crate::database::Conn::Sqlite(c) => {
                diesel::OptionalExtension::optional(diesel::RunQueryDsl::get_result($query, c))
            }
            $crate::database::Conn::Pg(c) => diesel::OptionalExtension::optional(
                diesel::RunQueryDsl::get_result(diesel::QueryDsl::for_no_key_update($query), c),
            ),
        }
    };
}
pub(crate) use lock_row;

/// Loads rows that nobody else has locked, and locks them: of several processes
/// that do this at once each gets rows of its own.
macro_rules! load_unlocked {
    ($conn:expr, $query:expr) => {
        match $conn {
            $crate::database::Conn::Sqlite(c) => diesel::RunQueryDsl::load($query, c),
            $crate::database::Conn::Pg(c) => diesel::RunQueryDsl::load(
                diesel::QueryDsl::skip_locked(diesel::QueryDsl::for_update($query)),
                c,
            ),
        }
    };
}
pub(crate) use load_unlocked;

impl Conn {
    /// Runs SQL that returns nothing.
    pub(super) fn execute(&mut self, sql: &str) -> QueryResult<()> {
        on!(self, |c| c.batch_execute(sql))
    }

    /// Opens a transaction at depth 0.
    pub(super) fn begin(&mut self, sql: &str) -> QueryResult<()> {
        on!(self, |c| AnsiTransactionManager::begin_transaction_sql(
            c, sql
        ))
    }

    /// Opens a transaction that sees the database as it is now, to its end.
    pub(super) fn begin_snapshot(&mut self) -> QueryResult<()> {
        self.begin(match self {
            Self::Sqlite(_) => "BEGIN",
            Self::Pg(_) => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        })
    }

    /// Opens the transaction of the migrations, alone: others that want to
    /// migrate wait.
    pub(super) fn begin_migration(&mut self) -> QueryResult<()> {
        match self {
            Self::Sqlite(_) => self.begin("BEGIN EXCLUSIVE"),
            Self::Pg(_) => {
                self.begin("BEGIN")?;
                self.execute(&format!("SELECT pg_advisory_xact_lock({MIGRATION_LOCK})"))
            }
        }
    }

    /// Whether diesel has applied migrations here. Its own look at its table
    /// creates it, which a reader may not.
    pub(super) fn has_migrations(&mut self) -> QueryResult<bool> {
        let found = match self {
            Self::Sqlite(_) => {
                "EXISTS (SELECT 1 FROM sqlite_schema WHERE name = '__diesel_schema_migrations')"
            }
            Self::Pg(_) => "to_regclass('__diesel_schema_migrations') IS NOT NULL",
        };
        on!(self, |c| diesel::select(sql::<Bool>(found)).get_result(c))
    }

    /// Keeps others from writing to a table, and from locking it, until the
    /// transaction ends. On `SQLite` the writer is alone anyway.
    pub(crate) fn lock_table(&mut self, table: &'static str) -> QueryResult<()> {
        match self {
            Self::Sqlite(_) => Ok(()),
            Self::Pg(c) => {
                c.batch_execute(&format!("LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE"))
            }
        }
    }

    /// Commits the innermost transaction or savepoint of diesel.
    pub(super) fn commit(&mut self) -> QueryResult<()> {
        on!(self, |c| AnsiTransactionManager::commit_transaction(c))
    }

    /// Rolls back the innermost transaction or savepoint of diesel.
    pub(super) fn rollback(&mut self) -> QueryResult<()> {
        on!(self, |c| AnsiTransactionManager::rollback_transaction(c))
    }

    /// How many transactions and savepoints diesel believes to be open.
    pub(super) fn depth(&mut self) -> QueryResult<u32> {
        let status = on!(self, |c| {
            AnsiTransactionManager::transaction_manager_status_mut(c)
        });
        Ok(status.transaction_depth()?.map_or(0, u32::from))
    }
}
