use thiserror::Error;

use super::MediaError;
use crate::kernel::{BoxError, FieldErrors, StoreError};

/// Why an avatar was not changed.
#[derive(Debug, Error)]
pub enum AvatarError {
    /// There is no such account.
    #[error("there is no such user")]
    NotFound,
    /// The account changed since the caller read it.
    #[error("the account has changed meanwhile")]
    Stale,
    /// The picture, or where it was to come from, was refused.
    #[error(transparent)]
    Invalid(#[from] FieldErrors),
    /// Too many pictures wait to be decoded.
    #[error("too many images wait to be decoded")]
    Overloaded,
    /// The picture could not be processed, for no fault of its own.
    #[error("the image could not be processed")]
    Failed(#[source] BoxError),
    /// The media store failed.
    #[error(transparent)]
    Media(#[from] MediaError),
    /// The store failed.
    #[error(transparent)]
    Store(StoreError),
}

impl From<StoreError> for AvatarError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Missing(_) => Self::NotFound,
            StoreError::Conflict => Self::Stale,
            other => Self::Store(other),
        }
    }
}
