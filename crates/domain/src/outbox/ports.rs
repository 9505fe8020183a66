use async_trait::async_trait;
use thiserror::Error;

use super::model::{Job, Mail};
use crate::avatars::AvatarKey;
use crate::kernel::{BoxError, JobId, StoreError, Timestamp};

/// Jobs that committed with commands and are still to do.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait OutboxStore: Send + Sync {
    /// Claims up to `limit` jobs due at `now`, oldest first: they MUST NOT be
    /// answered again before `claimed_until`, so that several workers send
    /// each mail once.
    async fn claim(
        &self,
        now: Timestamp,
        claimed_until: Timestamp,
        limit: u32,
    ) -> Result<Vec<Job>, StoreError>;

    /// Erases finished jobs with their payloads. Unknown ids are ignored.
    async fn complete(&self, jobs: &[JobId]) -> Result<(), StoreError>;

    /// Makes a failed job due again at `due`, and counts the attempt.
    async fn retry(&self, job: JobId, due: Timestamp) -> Result<(), StoreError>;

    /// Makes every job that is due later than `now` due at `now`, claimed or
    /// not, without counting an attempt: what a worker that was killed had
    /// claimed need not wait. Only for the start of a worker that is alone.
    async fn release(&self, now: Timestamp) -> Result<(), StoreError>;
}

/// Sends a letter. MUST answer `Ok` only when the letter is durably handed over.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait Mailer: Send + Sync {
    /// Writes and sends the letter. `id` is stable over retries, for a
    /// Message-ID that lets receivers drop a letter sent twice.
    async fn send(&self, id: JobId, mail: &Mail) -> Result<(), MailError>;
}

/// Erases files; [`Avatars`](crate::avatars::Avatars) does.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait AvatarEraser: Send + Sync {
    /// Erases an avatar that no account names. What is erased already is no
    /// error: a job may be carried out twice.
    async fn erase(&self, key: &AvatarKey) -> Result<(), EraseError>;

    /// Erases an avatar whatever account names it: that of an account which is
    /// being deleted.
    async fn erase_named(&self, key: &AvatarKey) -> Result<(), EraseError>;
}

/// Something was not erased; it is tried again.
#[derive(Debug, Error)]
#[error("the file was not erased")]
pub struct EraseError(#[source] pub BoxError);

/// The letter was not handed over.
#[derive(Debug, Error)]
pub enum MailError {
    /// Something on the way failed; it is tried again for days.
    #[error("the mail was not sent")]
    Failed(#[source] BoxError),
    /// Whoever takes mail for the recipient refuses this letter; it is tried
    /// again a few times, since that may be a mistake of theirs.
    #[error("the mail was refused")]
    Refused(#[source] BoxError),
}

impl MailError {
    /// A failure on the way, with its cause.
    pub fn failed(cause: impl Into<BoxError>) -> Self {
        Self::Failed(cause.into())
    }
}
