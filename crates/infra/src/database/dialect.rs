//! The only place that tells the databases apart.

use diesel::QueryResult;
use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel::sqlite::SqliteConnection;

/// A connection to whichever database is in use. Queries are written once,
/// inside `on!`.
#[expect(
    missing_debug_implementations,
    reason = "diesel's connections have no Debug"
)]
pub enum Conn {
    /// The embedded database.
    Sqlite(SqliteConnection),
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
        }
    };
}
pub(crate) use on;

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
