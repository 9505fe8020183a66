use thiserror::Error;

use crate::kernel::{GuardError, StoreError};

/// The rules of companies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum CompanyRule {
    /// There is no such company, or it is none of the caller's business.
    #[error("there is no such company")]
    NotFound,
    /// Only its owner renames a company.
    #[error("only the owner may change the company")]
    OwnerOnly,
}

/// Why a call on companies was refused.
#[derive(Debug, Error)]
pub enum CompanyError {
    /// A rule refused.
    #[error(transparent)]
    Rule(#[from] CompanyRule),
    /// The company changed since the caller read it.
    #[error("the company has changed meanwhile")]
    Stale,
    /// The store failed.
    #[error(transparent)]
    Store(StoreError),
}

impl From<StoreError> for CompanyError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict => Self::Stale,
            other => Self::Store(other),
        }
    }
}

impl From<GuardError<CompanyRule>> for CompanyError {
    fn from(error: GuardError<CompanyRule>) -> Self {
        match error {
            GuardError::Store(error) => error.into(),
            GuardError::Rule(rule) => rule.into(),
        }
    }
}
