#![cfg_attr(
    feature = "mocks",
    expect(clippy::ref_option_ref, reason = "the code that automock writes")
)]

use async_trait::async_trait;
use thiserror::Error;

use super::model::{Credential, CredentialVersion, NewToken, PasswordHash};
use crate::kernel::{BoxError, Digest, Secret, SessionId, StoreError, UserId, Write};
use crate::users::{EmailAddress, Username};

/// Replaces the password of a signed-in user.
#[derive(Debug, Clone)]
pub struct ReplacePassword {
    /// Whose.
    pub user: UserId,
    /// The state that the current password was checked against.
    pub checked: CredentialVersion,
    /// The new hash.
    pub password_hash: PasswordHash,
    /// The session that stays; every other one ends.
    pub keep: Option<SessionId>,
}

/// Sets a password by a reset token.
#[derive(Debug, Clone)]
pub struct ResetPassword {
    /// Whose, as the link says.
    pub user: UserId,
    /// Digest of the token.
    pub token: Digest,
    /// The new hash.
    pub password_hash: PasswordHash,
}

/// Stores a single-use token in place of an earlier one of its kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssueToken {
    /// Whose.
    pub user: UserId,
    /// The token.
    pub token: NewToken,
}

/// Replaces a hash by one of the same password at the configured cost.
#[derive(Debug, Clone)]
pub struct Rehash {
    /// Whose.
    pub user: UserId,
    /// The state that the password was checked against; it stays the same.
    pub checked: CredentialVersion,
    /// The new hash.
    pub password_hash: PasswordHash,
}

/// Stored credentials and single-use tokens.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait CredentialStore: Send + Sync {
    /// The credential of the account with this canonical username.
    async fn by_username(&self, username: &Username) -> Result<Option<Credential>, StoreError>;

    /// The credential of the account with this canonical address.
    async fn by_email(&self, email: &EmailAddress) -> Result<Option<Credential>, StoreError>;

    /// The credential of this account.
    async fn by_user(&self, user: UserId) -> Result<Option<Credential>, StoreError>;

    /// Sets the hash, grows the credential version and the epoch by one, lets
    /// `keep` (a session of this user under the old epoch) live on under the
    /// new epoch, deletes every other session, and deletes the user's reset
    /// tokens. API keys, devices, identities, a pending change of the e-mail
    /// address and what restores an earlier one stay.
    ///
    /// MUST answer `Conflict`, and change nothing, when `checked` is no longer
    /// the stored version; `Missing("user")` without account.
    async fn replace_password(&self, write: Write<ReplacePassword>) -> Result<(), StoreError>;

    /// Stores the token; any earlier token of the same user and kind is dead.
    /// `Missing("user")` without account.
    async fn issue_token(&self, write: Write<IssueToken>) -> Result<(), StoreError>;

    /// The account for which this is a live reset token, so that the new
    /// password can be judged before it is hashed. Changes nothing.
    async fn by_reset_token(
        &self,
        user: UserId,
        token: Digest,
        now: crate::kernel::Timestamp,
    ) -> Result<Option<Credential>, StoreError>;

    /// When the token is a live reset token of this user and its address is
    /// still the account's: deletes it, sets the hash, grows the credential
    /// version and the epoch by one, deletes every session and the pending
    /// change of the e-mail address, and marks the address as verified. When
    /// the address was not verified before, the user's API keys, devices and
    /// identities are deleted too. Other single-use tokens stay, and so does what
    /// restores an earlier address. Answers whether it was so; of parallel calls
    /// with one token exactly one is.
    async fn reset_password(&self, write: Write<ResetPassword>) -> Result<bool, StoreError>;

    /// Sets the hash and nothing else; `Conflict` when `checked` is no longer
    /// the stored version.
    async fn rehash(&self, write: Write<Rehash>) -> Result<(), StoreError>;
}

/// What a check of a password found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verified {
    /// The password is the one that the hash was made from.
    pub matches: bool,
    /// The hash was made with other parameters than today's.
    pub outdated: bool,
}

/// Hashes passwords on threads of its own.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait PasswordHasher: Send + Sync {
    /// Hashes a normalized password.
    async fn hash(&self, password: &Secret) -> Result<PasswordHash, HashError>;

    /// Hashes with the lowest priority, after all that people wait for.
    async fn hash_later(&self, password: &Secret) -> Result<PasswordHash, HashError>;

    /// Checks a normalized password. Without a hash it MUST take as long as
    /// with one of today's cost, and never match.
    async fn verify<'a>(
        &self,
        password: &Secret,
        hash: Option<&'a PasswordHash>,
    ) -> Result<Verified, HashError>;
}

/// Why a password could not be hashed or checked.
#[derive(Debug, Error)]
pub enum HashError {
    /// Too much is waiting; try again later.
    #[error("too many passwords wait to be hashed")]
    Overloaded,
    /// Hashing itself failed.
    #[error("hashing failed")]
    Failed(#[source] BoxError),
}
