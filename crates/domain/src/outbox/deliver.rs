use std::sync::Arc;
use std::time::Duration;

use super::{Mail, Mailer, OutboxStore};
use crate::kernel::{Clock, StoreError};

/// How long a claimed job is left to the worker that claimed it.
const CLAIM: Duration = Duration::from_mins(1);
/// Jobs per claim.
const BATCH: u32 = 64;
const FIRST_RETRY: Duration = Duration::from_secs(5);
const LONGEST_RETRY: Duration = Duration::from_hours(1);

/// Sends what commands have put into the outbox.
#[derive(Clone)]
pub struct Outbox {
    /// The stored jobs.
    pub store: Arc<dyn OutboxStore>,
    /// Sends the mail.
    pub mailer: Arc<dyn Mailer>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// What one round of delivery did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Delivered {
    /// Letters handed over.
    pub sent: usize,
    /// Letters that will be tried again.
    pub failed: usize,
}

impl Outbox {
    /// Sends the jobs that are due, up to one batch; a failed one is tried
    /// again after 5 s, then twice as long each time, at most an hour.
    ///
    /// Errors: the store's. A job sent but not erased for that is sent again
    /// after its claim has run out.
    pub async fn deliver_due(&self) -> Result<Delivered, StoreError> {
        let now = self.clock.now();
        let jobs = self.store.claim(now, now.after(CLAIM), BATCH).await?;
        let mut done = Vec::with_capacity(jobs.len());
        let (mut failed, mut decoys) = (0, 0);
        for job in jobs {
            if matches!(job.mail, Mail::Decoy { .. }) {
                done.push(job.id);
                decoys += 1;
            } else if self.mailer.send(job.id, &job.mail).await.is_ok() {
                done.push(job.id);
            } else {
                failed += 1;
                let wait = FIRST_RETRY
                    .saturating_mul(2_u32.saturating_pow(job.attempts))
                    .min(LONGEST_RETRY);
                self.store
                    .retry(job.id, self.clock.now().after(wait))
                    .await?;
            }
        }
        if !done.is_empty() {
            self.store.complete(&done).await?;
        }
        Ok(Delivered {
            sent: done.len() - decoys,
            failed,
        })
    }
}
