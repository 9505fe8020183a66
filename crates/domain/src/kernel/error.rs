//! How a store fails, without naming any driver.

use thiserror::Error;

use crate::throttling::Throttled;

/// The cause behind a [`StoreError`], for logs only.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// How a storage port fails. Absence is not a failure: ports answer `Option`.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The store cannot be reached, is overloaded, or the outcome of a commit
    /// is unknown. The caller may try again later.
    #[error("the store is unavailable")]
    Unavailable(#[source] BoxError),
    /// The row moved since the caller read it: an expected version, a
    /// credential version or an account state no longer holds.
    #[error("the row has changed meanwhile")]
    Conflict,
    /// A unique value is taken; names the field (`email`, `username`, `once`, …).
    #[error("duplicate {0}")]
    Duplicate(&'static str),
    /// A row that the command depends on is gone; names the entity (`user`, …).
    #[error("missing {0}")]
    Missing(&'static str),
    /// A bucket that the write asked refused it: nothing was carried out, stored
    /// or counted.
    #[error(transparent)]
    Throttled(Throttled),
    /// A stored value cannot be read back as its domain type.
    #[error("corrupt value in {table}.{column} of row {row}")]
    Corrupt {
        /// Table that holds the value.
        table: &'static str,
        /// Column that holds the value.
        column: &'static str,
        /// Primary key of the row.
        row: String,
    },
}

impl StoreError {
    /// An [`StoreError::Unavailable`] with its cause.
    pub fn unavailable(cause: impl Into<BoxError>) -> Self {
        Self::Unavailable(cause.into())
    }
}

/// How a guarded command fails: by the store, or by the domain rule `R` that
/// the adapter evaluated inside its transaction.
#[derive(Debug, Error)]
pub enum GuardError<R> {
    /// The store failed; nothing was written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The rule refused; nothing was written.
    #[error("refused by a rule")]
    Rule(R),
}
