use thiserror::Error;

use crate::kernel::StoreError;

/// Why a caller could not be told.
#[derive(Debug, Error)]
pub enum AuthError {
    /// The token, cookie or key is unknown, expired or of an ended session.
    #[error("the credentials are not valid")]
    Invalid,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a refresh token got no successor.
#[derive(Debug, Error)]
pub enum RefreshError {
    /// The token is unknown, expired or of an ended session.
    #[error("the refresh token is not valid")]
    Invalid,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a session was not revoked.
#[derive(Debug, Error)]
pub enum RevokeError {
    /// The user has no such session, or it is over.
    #[error("there is no such session")]
    NotFound,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
