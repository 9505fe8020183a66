use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::kernel::{Digest, Timestamp};
use crate::users::Account;

/// A stored password hash, in the format of the hashing adapter. Redacted in `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// A hash read back from storage, made by the hashing adapter, or imported.
    pub fn new(encoded: impl Into<String>) -> Self {
        Self(encoded.into())
    }

    /// The encoded hash, for storage and for the hashing adapter.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

/// Grows with each change of the password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CredentialVersion(pub i64);

impl CredentialVersion {
    /// Of a new account.
    pub const FIRST: Self = Self(1);
}

/// What a login is checked against: one consistent snapshot.
#[derive(Debug, Clone)]
pub struct Credential {
    /// Whose.
    pub account: Arc<Account>,
    /// The hash; `None` when the account has no password.
    pub password_hash: Option<PasswordHash>,
    /// Which state of the credential this is.
    pub version: CredentialVersion,
}

choice! {
    /// What a single-use token is good for.
    TokenKind {
        /// Proves the account's address.
        VerifyEmail = "verify_email",
        /// Sets a new password.
        ResetPassword = "reset_password",
    }
}

impl TokenKind {
    /// How long a token lives (CONTRACTS.md section 2).
    pub const fn lifetime(self) -> Duration {
        match self {
            Self::VerifyEmail => Duration::from_hours(24),
            Self::ResetPassword => Duration::from_mins(15),
        }
    }
}

/// A single-use token to store. A user has at most one of each kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewToken {
    /// Digest of the token.
    pub digest: Digest,
    /// What it is good for.
    pub kind: TokenKind,
    /// The canonical address that it was made for: it dies with that address.
    pub email_canonical: String,
    /// When it ends.
    pub expires_at: Timestamp,
}
