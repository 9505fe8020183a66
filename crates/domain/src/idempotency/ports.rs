use async_trait::async_trait;

use crate::kernel::{Digest, StoreError, Timestamp, Write};

/// A stored idempotency record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnceRecord {
    /// Digest of the request body.
    pub fingerprint: Digest,
    /// The sealed answer.
    pub answer: Vec<u8>,
}

/// Stored idempotency records.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait OnceStore: Send + Sync {
    /// The record with this key that has not expired at `now`.
    async fn find(&self, key: Digest, now: Timestamp) -> Result<Option<OnceRecord>, StoreError>;

    /// Stores the envelope and nothing else.
    async fn record(&self, write: Write<()>) -> Result<(), StoreError>;
}

/// Encrypts answers under a key derived from the request, so that only who
/// repeats the request can read its answer. Port.
#[cfg_attr(feature = "mocks", mockall::automock)]
pub trait AnswerSealer: Send + Sync {
    /// Encrypts `answer`; `request` is the key material.
    fn seal(&self, request: &[u8], answer: &[u8]) -> Vec<u8>;

    /// Decrypts; `None` when it was sealed for another request or is damaged.
    fn open(&self, request: &[u8], sealed: &[u8]) -> Option<Vec<u8>>;
}
