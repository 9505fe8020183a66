use thiserror::Error;

use super::ProviderError;
use crate::credentials::{LoginError, StepUpError};
use crate::kernel::{GuardError, StoreError};

/// The rules of identities.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum IdentityRule {
    /// The user has no such identity.
    #[error("there is no such identity")]
    NotFound,
    /// The account at the provider is linked to another user.
    #[error("the account at the provider is linked to another user")]
    Taken,
    /// Without it the user could not log in any more.
    #[error("it is the last way to log in")]
    LastWayToLogIn,
    /// The user has as many identities as allowed.
    #[error("at most {quota} identities are allowed")]
    QuotaExceeded {
        /// Most identities that a user may have.
        quota: u32,
    },
}

/// Why a link or sign-in could not be begun, or not be made by password.
#[derive(Debug, Error)]
pub enum BeginError {
    /// There is no such provider, or it works in another way.
    #[error("there is no such provider")]
    UnknownProvider,
    /// A rule refused.
    #[error(transparent)]
    Rule(#[from] IdentityRule),
    /// The identity is linked to nobody.
    #[error("the identity is linked to no account")]
    NotLinked,
    /// The provider failed.
    #[error(transparent)]
    Provider(#[from] ProviderError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<GuardError<IdentityRule>> for BeginError {
    fn from(error: GuardError<IdentityRule>) -> Self {
        match error {
            GuardError::Store(error) => error.into(),
            GuardError::Rule(rule) => rule.into(),
        }
    }
}

/// Why a user who came back from a provider was not linked or signed in.
#[derive(Debug, Error)]
pub enum CompleteError {
    /// The state is unknown, spent, expired, of another provider or of another
    /// browser.
    #[error("the state is not valid")]
    InvalidState,
    /// The user said no at the provider.
    #[error("the user refused at the provider")]
    Denied,
    /// The provider answered with another error.
    #[error("the provider ended with an error")]
    ProviderEnded,
    /// The session that asked for the link is over.
    #[error("the session has ended meanwhile")]
    SessionEnded,
    /// The identity is linked to nobody.
    #[error("the identity is linked to no account")]
    NotLinked,
    /// A rule refused.
    #[error(transparent)]
    Rule(#[from] IdentityRule),
    /// The provider failed, or what it said was not accepted.
    #[error(transparent)]
    Provider(#[from] ProviderError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<GuardError<IdentityRule>> for CompleteError {
    fn from(error: GuardError<IdentityRule>) -> Self {
        match error {
            GuardError::Store(error) => error.into(),
            GuardError::Rule(rule) => rule.into(),
        }
    }
}

/// Why the code of a sign-in opened no session.
#[derive(Debug, Error)]
pub enum ExchangeError {
    /// The code is unknown, spent or expired, or the account is gone.
    #[error("the code is not valid")]
    InvalidCode,
    /// Opening the session failed.
    #[error(transparent)]
    Login(#[from] LoginError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why an identity could not be checked.
#[derive(Debug, Error)]
pub enum VerifyIdentityError {
    /// The user has no such identity.
    #[error("there is no such identity")]
    NotFound,
    /// Its provider is not configured any more.
    #[error("the provider is not configured")]
    UnknownProvider,
    /// The provider could not be asked; nothing changed.
    #[error(transparent)]
    Provider(#[from] ProviderError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why an identity was not unlinked.
#[derive(Debug, Error)]
pub enum UnlinkError {
    /// The user is to prove who they are.
    #[error(transparent)]
    StepUp(#[from] StepUpError),
    /// A rule refused.
    #[error(transparent)]
    Rule(#[from] IdentityRule),
    /// The identity changed since the caller read it.
    #[error("the identity has changed meanwhile")]
    Stale,
    /// The store failed.
    #[error(transparent)]
    Store(StoreError),
}

impl From<GuardError<IdentityRule>> for UnlinkError {
    fn from(error: GuardError<IdentityRule>) -> Self {
        match error {
            GuardError::Store(StoreError::Conflict) => Self::Stale,
            GuardError::Store(error) => Self::Store(error),
            GuardError::Rule(rule) => rule.into(),
        }
    }
}
