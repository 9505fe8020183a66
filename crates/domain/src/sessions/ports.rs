use async_trait::async_trait;
use thiserror::Error;

use super::model::{AccessClaims, LiveAt, NewSession, RefreshRecord, Session, SignedIn};
use crate::credentials::CredentialVersion;
use crate::kernel::{
    Digest, Page, PageRequest, Secret, SessionId, StoreError, Timestamp, UserId, Write, kinds,
};

/// Opens a session after a password was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenSession {
    /// The session.
    pub session: NewSession,
    /// The state of the credential that was checked.
    pub checked: CredentialVersion,
}

/// Replaces a refresh token by its successor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RotateRefresh {
    /// The session of the chain.
    pub session: SessionId,
    /// Digest of the token that was shown.
    pub old: Digest,
    /// Digest of its successor.
    pub new: Digest,
}

/// Ends one session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EndSession {
    /// Whose.
    pub user: UserId,
    /// Which.
    pub session: SessionId,
}

/// Ends all sessions of a user but one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EndOtherSessions {
    /// Whose.
    pub user: UserId,
    /// The session that stays.
    pub keep: SessionId,
    /// Which sessions still count.
    pub live: LiveAt,
}

/// When a session was used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionUse {
    /// Whose.
    pub user: UserId,
    /// Which.
    pub session: SessionId,
    /// When.
    pub at: Timestamp,
}

/// Stored sessions and refresh tokens.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait SessionStore: Send + Sync {
    /// Stores a session with its first refresh token and its cookie.
    ///
    /// MUST answer `Conflict`, and store nothing, when `checked` is no longer
    /// the credential version, the account is suspended, or its epoch is not
    /// the session's; `Missing("user")` without account.
    async fn open(&self, write: Write<OpenSession>) -> Result<(), StoreError>;

    /// One consistent snapshot of the session and its account, live or not;
    /// `None` when either is gone or the session is not this user's.
    async fn signed_in(
        &self,
        session: SessionId,
        user: UserId,
    ) -> Result<Option<SignedIn>, StoreError>;

    /// The same by the digest of the session's cookie.
    async fn by_cookie(&self, cookie: Digest) -> Result<Option<SignedIn>, StoreError>;

    /// A page of the user's sessions, newest first (largest id first). With
    /// `live` only those that count then ([`LiveAt`]), else all that are
    /// stored. Empty without account.
    async fn list(
        &self,
        user: UserId,
        live: Option<LiveAt>,
        page: PageRequest<kinds::Session>,
    ) -> Result<Page<Session>, StoreError>;

    /// The refresh token with this digest, the newest of its chain or not.
    async fn refresh_record(&self, digest: Digest) -> Result<Option<RefreshRecord>, StoreError>;

    /// Stores the successor and marks the old token superseded at the write's
    /// time, when the old one is the newest of its chain. Answers whether it
    /// was; of parallel calls exactly one is. The session counts as used.
    async fn rotate_refresh(&self, write: Write<RotateRefresh>) -> Result<bool, StoreError>;

    /// Deletes the session with its refresh tokens and its cookie. Answers
    /// whether there was one.
    async fn end(&self, write: Write<EndSession>) -> Result<bool, StoreError>;

    /// With the user's row locked: grows the account's epoch by one, lets
    /// `keep` live on under it, and deletes every other session of the user
    /// with its refresh tokens and its cookie. Answers how many of these
    /// counted still ([`LiveAt`]); when none did, nothing changes.
    ///
    /// MUST answer `Missing("user")` without account, and `Missing("session")`
    /// when `keep` is not a session of this user under the account's epoch:
    /// whoever asks has been ended meanwhile.
    async fn end_others(&self, write: Write<EndOtherSessions>) -> Result<u64, StoreError>;

    /// Sets `last_used_at` of sessions and `last_seen_at` of their accounts,
    /// where it grows. Unknown sessions are ignored; no version moves.
    async fn record_use(&self, uses: &[SessionUse]) -> Result<(), StoreError>;
}

/// Remembers that sessions were used, and writes it down some seconds later.
/// Port; never waits, and may forget in a crash.
#[cfg_attr(feature = "mocks", mockall::automock)]
pub trait SessionUsage: Send + Sync {
    /// Notes a use.
    fn note(&self, used: SessionUse);
}

/// Signs and verifies access tokens. Port.
#[cfg_attr(feature = "mocks", mockall::automock)]
pub trait AccessTokens: Send + Sync {
    /// A signed token that says `claims`.
    fn sign(&self, claims: &AccessClaims) -> Secret;

    /// Checks signature, issuer, audience, type and expiry.
    fn verify(&self, token: &str, now: Timestamp) -> Result<AccessClaims, InvalidToken>;
}

/// The token was not signed by this service, says something else, or has expired.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the token is not valid")]
pub struct InvalidToken;
