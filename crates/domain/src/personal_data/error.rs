use thiserror::Error;

use super::model::SoleOwnership;
use crate::credentials::StepUpError;
use crate::kernel::{GuardError, StoreError};

/// The rules of deleting an account.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DeletionRule {
    /// The user is the only owner of organizations that others belong to.
    #[error("the user is the only owner of organizations with other members")]
    OwnsOrganizations(Vec<SoleOwnership>),
}

/// Why an account was not deleted.
#[derive(Debug, Error)]
pub enum DeleteAccountError {
    /// The owner is to prove who they are.
    #[error(transparent)]
    StepUp(#[from] StepUpError),
    /// A rule refused.
    #[error(transparent)]
    Rule(#[from] DeletionRule),
    /// The store failed. When the erasure had begun by then, it is ended later.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<GuardError<DeletionRule>> for DeleteAccountError {
    fn from(error: GuardError<DeletionRule>) -> Self {
        match error {
            GuardError::Store(error) => error.into(),
            GuardError::Rule(rule) => rule.into(),
        }
    }
}
