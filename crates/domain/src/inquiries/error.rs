use thiserror::Error;

use crate::kernel::{GuardError, StoreError};

/// The rules of inquiries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum InquiryRule {
    /// The user has as many open inquiries as allowed.
    #[error("at most {quota} open inquiries are allowed")]
    QuotaExceeded {
        /// Most open inquiries that a user may have.
        quota: u32,
    },
}

/// Why an inquiry call was refused.
#[derive(Debug, Error)]
pub enum InquiryError {
    /// A rule refused.
    #[error(transparent)]
    Rule(#[from] InquiryRule),
    /// There is no such inquiry.
    #[error("there is no such inquiry")]
    NotFound,
    /// The inquiry changed since the caller read it.
    #[error("the inquiry has changed meanwhile")]
    Stale,
    /// The store failed.
    #[error(transparent)]
    Store(StoreError),
}

impl From<StoreError> for InquiryError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict => Self::Stale,
            other => Self::Store(other),
        }
    }
}

impl From<GuardError<InquiryRule>> for InquiryError {
    fn from(error: GuardError<InquiryRule>) -> Self {
        match error {
            GuardError::Store(error) => error.into(),
            GuardError::Rule(rule) => rule.into(),
        }
    }
}
