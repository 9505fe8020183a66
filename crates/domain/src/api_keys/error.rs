use thiserror::Error;

use super::model::Scope;
use crate::kernel::{GuardError, StoreError};

/// The rules of API keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum KeyRule {
    /// The user may not have keys.
    #[error("can_manage_api_environment is required")]
    NotAllowed,
    /// Only administrators grant this scope.
    #[error("only administrators grant the scope {scope}")]
    ScopeNotAllowed {
        /// The scope.
        scope: Scope,
    },
    /// The user has as many keys as allowed.
    #[error("at most {quota} keys are allowed")]
    QuotaExceeded {
        /// Most keys that a user may have.
        quota: u32,
    },
    /// The user has no such key.
    #[error("there is no such key")]
    NotFound,
}

/// Why a call on API keys was refused.
#[derive(Debug, Error)]
pub enum KeyError {
    /// A rule refused.
    #[error(transparent)]
    Rule(#[from] KeyRule),
    /// The key would have ended before it was made.
    #[error("the end lies in the past")]
    EndsInThePast,
    /// The key changed since the caller read it.
    #[error("the key has changed meanwhile")]
    Stale,
    /// The store failed.
    #[error(transparent)]
    Store(StoreError),
}

impl From<StoreError> for KeyError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict => Self::Stale,
            other => Self::Store(other),
        }
    }
}

impl From<GuardError<KeyRule>> for KeyError {
    fn from(error: GuardError<KeyRule>) -> Self {
        match error {
            GuardError::Store(error) => error.into(),
            GuardError::Rule(rule) => rule.into(),
        }
    }
}
