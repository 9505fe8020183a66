use thiserror::Error;

use crate::kernel::{GuardError, StoreError};

/// The rules of addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum AddressRule {
    /// The user has as many addresses as allowed.
    #[error("at most {quota} addresses are allowed")]
    QuotaExceeded {
        /// Most addresses that a user may have.
        quota: u32,
    },
    /// The user has no such address.
    #[error("there is no such address")]
    NotFound,
    /// One address is always the primary one; another one is to be made primary instead.
    #[error("the primary address stays primary until another one is")]
    PrimaryRequired,
}

/// Why an address call was refused.
#[derive(Debug, Error)]
pub enum AddressError {
    /// A rule refused.
    #[error(transparent)]
    Rule(#[from] AddressRule),
    /// The address changed since the caller read it.
    #[error("the address has changed meanwhile")]
    Stale,
    /// The store failed.
    #[error(transparent)]
    Store(StoreError),
}

impl From<StoreError> for AddressError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict => Self::Stale,
            other => Self::Store(other),
        }
    }
}

impl From<GuardError<AddressRule>> for AddressError {
    fn from(error: GuardError<AddressRule>) -> Self {
        match error {
            GuardError::Store(error) => error.into(),
            GuardError::Rule(rule) => rule.into(),
        }
    }
}
