use thiserror::Error;

use crate::credentials::StepUpError;
use crate::kernel::{FieldErrors, StoreError};

/// Why a change of the e-mail address was not started.
#[derive(Debug, Error)]
pub enum StartEmailChangeError {
    /// The address is the account's already (`unchanged`).
    #[error(transparent)]
    Invalid(#[from] FieldErrors),
    /// The user is to prove who they are.
    #[error(transparent)]
    StepUp(#[from] StepUpError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a change of the e-mail address was not given up.
#[derive(Debug, Error)]
pub enum CancelEmailChangeError {
    /// There is none.
    #[error("there is no change of the e-mail address")]
    NotFound,
    /// It is not the one that the caller saw.
    #[error("the change is another one by now")]
    Stale,
    /// The store failed.
    #[error(transparent)]
    Store(StoreError),
}

impl From<StoreError> for CancelEmailChangeError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict => Self::Stale,
            other => Self::Store(other),
        }
    }
}

/// Why a change of the e-mail address was not confirmed.
#[derive(Debug, Error)]
pub enum ConfirmEmailChangeError {
    /// The token is spent, replaced or expired.
    #[error("the token is not valid")]
    InvalidToken,
    /// The code is wrong (`incorrect`); it can be tried again.
    #[error("the code is incorrect")]
    IncorrectCode,
    /// There is no code to compare with: none was asked for, it has expired,
    /// or it was tried too often.
    #[error("the code is dead")]
    DeadCode,
    /// The address has become another account's meanwhile.
    #[error("the e-mail address is taken")]
    EmailTaken,
    /// The account's address changed meanwhile.
    #[error("the account has changed meanwhile")]
    Stale,
    /// The store failed.
    #[error(transparent)]
    Store(StoreError),
}

impl From<StoreError> for ConfirmEmailChangeError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Duplicate("email") => Self::EmailTaken,
            StoreError::Conflict => Self::Stale,
            other => Self::Store(other),
        }
    }
}

/// Why a change of the e-mail address was not undone.
#[derive(Debug, Error)]
pub enum UndoEmailChangeError {
    /// The token is spent or expired.
    #[error("the token is not valid")]
    InvalidToken,
    /// The old address has become another account's meanwhile.
    #[error("the e-mail address is taken")]
    EmailTaken,
    /// The store failed.
    #[error(transparent)]
    Store(StoreError),
}

impl From<StoreError> for UndoEmailChangeError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Duplicate("email") => Self::EmailTaken,
            other => Self::Store(other),
        }
    }
}
