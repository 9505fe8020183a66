//! Counts what the mailer does, for the metrics.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use vestibule_domain::kernel::JobId;
use vestibule_domain::outbox::{Mail, MailError, Mailer};

/// A mailer that counts.
pub(crate) struct MailCounter {
    mailer: Arc<dyn Mailer>,
    sent: AtomicU64,
    failed: AtomicU64,
}

impl MailCounter {
    /// Counts what `mailer` does.
    pub(crate) fn new(mailer: Arc<dyn Mailer>) -> Self {
        Self {
            mailer,
            sent: AtomicU64::new(0),
            failed: AtomicU64::new(0),
        }
    }

    /// Letters that were handed over.
    pub(crate) fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    /// Tries that failed.
    pub(crate) fn failed(&self) -> u64 {
        self.failed.load(Ordering::Relaxed)
    }
}

#[async_trait]
impl Mailer for MailCounter {
    async fn send(&self, id: JobId, mail: &Mail) -> Result<(), MailError> {
        let outcome = self.mailer.send(id, mail).await;
        let counter = if outcome.is_ok() {
            &self.sent
        } else {
            &self.failed
        };
        counter.fetch_add(1, Ordering::Relaxed);
        outcome
    }
}
