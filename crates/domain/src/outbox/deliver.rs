use std::sync::Arc;
use std::time::Duration;

use super::{Job, Mail, MailError, Mailer, OutboxStore};
use crate::kernel::{Clock, StoreError};

/// How long a claimed job is left to the worker that claimed it.
const CLAIM: Duration = Duration::from_mins(1);
/// Jobs per claim.
const BATCH: u32 = 64;
const FIRST_RETRY: Duration = Duration::from_secs(5);
const LONGEST_RETRY: Duration = Duration::from_hours(1);

/// A letter is given up after this many tries, about three days.
pub const MAX_TRIES: u32 = 80;
/// A letter that is refused is given up after this many tries, about ten
/// minutes: what refuses may be a mistake in the settings.
pub const MAX_REFUSALS: u32 = 8;

/// What is sent is erased this often while others are being sent, so that a
/// process that is killed sends few letters again.
const COMPLETE_EVERY: Duration = Duration::from_secs(1);

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
    /// Letters that were given up.
    pub dropped: usize,
}

impl Outbox {
    /// Sends the jobs that are due, up to one batch; a failed one is tried
    /// again after 5 s, then twice as long each time, at most an hour, and
    /// given up after [`MAX_TRIES`], or [`MAX_REFUSALS`] when it is refused.
    ///
    /// What half of the claim was too short for is left to a later round, so
    /// that nobody else sends it meanwhile.
    ///
    /// Errors: the store's. A job sent but not erased for that is sent again
    /// after its claim has run out.
    pub async fn deliver_due(&self) -> Result<Delivered, StoreError> {
        let start = self.clock.now();
        let jobs = self.store.claim(start, start.after(CLAIM), BATCH).await?;
        let mut delivered = Delivered::default();
        let mut done = Vec::with_capacity(jobs.len());
        let mut completed_at = start;
        for job in jobs {
            let now = self.clock.now();
            if now.since(start) > CLAIM / 2 {
                break;
            }
            if !done.is_empty() && now.since(completed_at) >= COMPLETE_EVERY {
                self.store.complete(&done).await?;
                done.clear();
                completed_at = now;
            }
            if matches!(job.mail, Mail::Decoy { .. }) {
                done.push(job.id);
                continue;
            }
            match self.mailer.send(job.id, &job.mail).await {
                Ok(()) => {
                    done.push(job.id);
                    delivered.sent += 1;
                }
                Err(error) if is_hopeless(&error, &job) => {
                    done.push(job.id);
                    delivered.dropped += 1;
                }
                Err(_) => {
                    delivered.failed += 1;
                    let wait = FIRST_RETRY
                        .saturating_mul(2_u32.saturating_pow(job.attempts))
                        .min(LONGEST_RETRY);
                    self.store
                        .retry(job.id, self.clock.now().after(wait))
                        .await?;
                }
            }
        }
        if !done.is_empty() {
            self.store.complete(&done).await?;
        }
        Ok(delivered)
    }
}

/// Whether this failure was the last try.
fn is_hopeless(error: &MailError, job: &Job) -> bool {
    let most = match error {
        MailError::Failed(_) => MAX_TRIES,
        MailError::Refused(_) => MAX_REFUSALS,
    };
    job.attempts.saturating_add(1) >= most
}
