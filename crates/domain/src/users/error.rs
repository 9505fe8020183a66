use thiserror::Error;

use crate::kernel::{FieldErrors, StoreError};

/// Why an account was not changed.
#[derive(Debug, Error)]
pub enum UpdateError {
    /// There is no such account.
    #[error("there is no such user")]
    NotFound,
    /// The account changed since the caller read it.
    #[error("the account has changed meanwhile")]
    Stale,
    /// Fields were refused.
    #[error(transparent)]
    Invalid(#[from] FieldErrors),
    /// The store failed.
    #[error(transparent)]
    Store(StoreError),
}

impl From<StoreError> for UpdateError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Missing(_) => Self::NotFound,
            StoreError::Conflict => Self::Stale,
            other => Self::Store(other),
        }
    }
}
