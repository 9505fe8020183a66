use async_trait::async_trait;

use super::error::KeyRule;
use super::model::{ApiKey, HeldKey};
use super::usage::{KeyUse, KeyUseCount, UsageRecord};
use crate::kernel::{
    ApiKeyId, Day, Digest, GuardError, Page, PageRequest, StoreError, UserId, Version, Write, kinds,
};

/// Stores a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewApiKey {
    /// The key.
    pub key: ApiKey,
    /// Digest of the key in the clear.
    pub digest: Digest,
    /// Most keys that its owner may have; service keys have no limit.
    pub quota: u32,
}

/// Gives a key of a user another secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RotateKey {
    /// Whose.
    pub owner: UserId,
    /// Which.
    pub key: ApiKeyId,
    /// Digest of the new secret.
    pub digest: Digest,
    /// The characters of the new secret that may be shown again.
    pub prefix: String,
}

/// Deletes a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RemoveKey {
    /// Whose; `None` for whatever key, which only operators ask for.
    pub owner: Option<UserId>,
    /// Which.
    pub key: ApiKeyId,
    /// The version that the caller saw; `None` unless the caller insists.
    pub expected: Option<Version>,
}

/// Stored API keys.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait ApiKeyStore: Send + Sync {
    /// Stores a new key. One with an owner in one transaction, with the owner's
    /// row locked: loads the facts and calls [`super::decide_create`].
    /// `Missing("user")` when the owner is gone.
    async fn create(&self, write: Write<NewApiKey, ApiKey>) -> Result<(), GuardError<KeyRule>>;

    /// The key with this digest and its owner, live or not. Each of the two
    /// MUST be at least as new as every write that was answered before this
    /// call, as for sessions: rotated, deleted and orphaned keys are `None`.
    async fn by_digest(&self, digest: Digest) -> Result<Option<HeldKey>, StoreError>;

    /// A page of this user's keys, or, without one, of all keys, newest first
    /// (largest id first).
    async fn list(
        &self,
        owner: Option<UserId>,
        page: PageRequest<kinds::ApiKey>,
    ) -> Result<Page<ApiKey>, StoreError>;

    /// The key, whoever's it is.
    async fn find(&self, key: ApiKeyId) -> Result<Option<ApiKey>, StoreError>;

    /// In one transaction, with the owner's row locked: loads the facts, calls
    /// [`super::decide_use`], replaces digest and prefix, and grows the version
    /// by one. The old secret is dead at once. `NotFound` for another user's
    /// key, `Missing("user")` without account.
    async fn rotate(&self, write: Write<RotateKey, ApiKey>) -> Result<ApiKey, GuardError<KeyRule>>;

    /// Deletes the key; answers whether there was one. What was counted of its
    /// use stays with its owner. `Conflict` when `expected` is given and is not
    /// the stored version.
    async fn remove(&self, write: Write<RemoveKey>) -> Result<bool, StoreError>;

    /// Adds to the counts of keys and days, and sets `last_used_at` where it
    /// grows. Unknown keys are ignored; no version moves.
    async fn record_use(&self, uses: &[KeyUseCount]) -> Result<(), StoreError>;

    /// What was counted of the keys that this user has or had, on the days from
    /// `from` to `to`, both included: newest day first, and of one day the
    /// newest key (largest id) first.
    async fn usage(
        &self,
        owner: UserId,
        from: Day,
        to: Day,
    ) -> Result<Vec<UsageRecord>, StoreError>;
}

/// Counts the use of keys, and writes it down some seconds later. Port; never
/// waits, and may forget in a crash.
#[cfg_attr(feature = "mocks", mockall::automock)]
pub trait KeyUsage: Send + Sync {
    /// Counts a use.
    fn note(&self, used: KeyUse);
}
