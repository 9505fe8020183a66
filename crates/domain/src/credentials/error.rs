use thiserror::Error;

use super::HashError;
use crate::kernel::{FieldErrors, Invalid, StoreError};
use crate::users::UpdateError;

/// Why a registration was refused.
#[derive(Debug, Error)]
pub enum RegisterError {
    /// Fields were refused.
    #[error(transparent)]
    Invalid(#[from] FieldErrors),
    /// The address belongs to an account.
    #[error("the e-mail address is taken")]
    EmailTaken,
    /// The username belongs to an account.
    #[error("the username is taken")]
    UsernameTaken,
    /// The invitation was used, revoked or replaced, or has expired.
    #[error("the invitation is not valid")]
    InvalidInvitation,
    /// The invitation is for another address than the one that registers.
    #[error("the invitation is for another address")]
    OtherAddress,
    /// Hashing failed.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// The store failed.
    #[error(transparent)]
    Store(StoreError),
}

impl From<StoreError> for RegisterError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Duplicate("email") => Self::EmailTaken,
            StoreError::Duplicate("username") => Self::UsernameTaken,
            StoreError::Missing("invitation") => Self::InvalidInvitation,
            other => Self::Store(other),
        }
    }
}

/// Why no account was made for somebody.
#[derive(Debug, Error)]
pub enum ProvisionError {
    /// The address belongs to an account.
    #[error("the e-mail address is taken")]
    EmailTaken,
    /// Every username that was tried is taken; another call may be luckier.
    #[error("no username was found that is free")]
    NoUsername,
    /// The store failed.
    #[error(transparent)]
    Store(StoreError),
}

impl From<StoreError> for ProvisionError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Duplicate("email") => Self::EmailTaken,
            other => Self::Store(other),
        }
    }
}

/// Why a login was refused.
#[derive(Debug, Error)]
pub enum LoginError {
    /// Unknown name, wrong password, or an account without a password.
    #[error("the credentials are wrong")]
    InvalidCredentials,
    /// The password is right, but staff have suspended the account.
    #[error("the account is suspended")]
    Suspended,
    /// Hashing failed.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a password was not changed.
#[derive(Debug, Error)]
pub enum ChangePasswordError {
    /// Fields were refused, a wrong current password (`incorrect`) among them.
    #[error(transparent)]
    Invalid(#[from] FieldErrors),
    /// The account or the password changed meanwhile.
    #[error("the password has changed meanwhile")]
    Stale,
    /// The account is gone.
    #[error("there is no such user")]
    NotFound,
    /// An account without a password sets one after a recent login only.
    #[error("a recent login is required")]
    RecentLoginRequired,
    /// Hashing failed.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// The store failed.
    #[error(transparent)]
    Store(StoreError),
}

impl From<StoreError> for ChangePasswordError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict => Self::Stale,
            StoreError::Missing(_) => Self::NotFound,
            other => Self::Store(other),
        }
    }
}

/// Why a password was not reset.
#[derive(Debug, Error)]
pub enum ConfirmResetError {
    /// Fields were refused.
    #[error(transparent)]
    Invalid(#[from] FieldErrors),
    /// The token is spent, lost or expired, or not this user's.
    #[error("the token is not valid")]
    InvalidToken,
    /// Hashing failed.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why an address was not verified.
#[derive(Debug, Error)]
pub enum VerifyEmailError {
    /// The key is spent, lost or expired.
    #[error("the key is not valid")]
    InvalidKey,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a mail was not asked for. That there is no such account is not among it.
#[derive(Debug, Error)]
pub enum RequestMailError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a step-up was refused.
#[derive(Debug, Error)]
pub enum StepUpError {
    /// Neither a login within 5 minutes nor a password.
    #[error("a recent login or the current password is required")]
    Required,
    /// The password that was sent is wrong: this, of its field.
    #[error("the current password is incorrect")]
    Incorrect(Invalid),
    /// Hashing failed.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why staff could not change the rights of an account.
#[derive(Debug, Error)]
pub enum ChangeRightsError {
    /// The rights of staff are changed by staff in a session only, not by a key.
    #[error("only an administrator's own session may change the rights of staff")]
    SessionRequired,
    /// The administrator is to prove who they are.
    #[error(transparent)]
    StepUp(#[from] StepUpError),
    /// As for any change of an account.
    #[error(transparent)]
    Update(#[from] UpdateError),
}
