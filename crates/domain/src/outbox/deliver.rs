use std::sync::Arc;
use std::time::Duration;

use super::{AvatarEraser, Job, Mail, MailError, Mailer, OutboxStore, Work};
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

/// Does what commands have put into the outbox: letters to send, files to erase.
#[derive(Clone)]
pub struct Outbox {
    /// The stored jobs.
    pub store: Arc<dyn OutboxStore>,
    /// Sends the mail.
    pub mailer: Arc<dyn Mailer>,
    /// Erases files.
    pub eraser: Arc<dyn AvatarEraser>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// What one round of delivery did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Delivered {
    /// Jobs done: letters handed over, files erased.
    pub sent: usize,
    /// Jobs that will be tried again.
    pub failed: usize,
    /// Letters that were given up.
    pub dropped: usize,
}

impl Outbox {
    /// Does the jobs that are due, up to one batch; a failed one is tried again
    /// after 5 s, then twice as long each time, at most an hour. A letter is
    /// given up after [`MAX_TRIES`], or [`MAX_REFUSALS`] when it is refused.
    ///
    /// What half of the claim was too short for is left to a later round, so
    /// that nobody else sends it meanwhile.
    ///
    /// Errors: the store's. A job done but not erased for that is done again
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
            match self.carry_out(&job).await {
                Outcome::Done => {
                    done.push(job.id);
                    delivered.sent += 1;
                }
                Outcome::Nothing => done.push(job.id),
                Outcome::Hopeless => {
                    done.push(job.id);
                    delivered.dropped += 1;
                }
                Outcome::Failed => {
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

    async fn carry_out(&self, job: &Job) -> Outcome {
        match &job.work {
            Work::Mail(Mail::Decoy { .. }) => Outcome::Nothing,
            Work::Mail(mail) => match self.mailer.send(job.id, mail).await {
                Ok(()) => Outcome::Done,
                Err(error) if is_hopeless(&error, job) => Outcome::Hopeless,
                Err(_) => Outcome::Failed,
            },
            Work::EraseAvatar { key } => match self.eraser.erase(key).await {
                Ok(()) => Outcome::Done,
                Err(_) => Outcome::Failed,
            },
        }
    }
}

/// What came of a job.
enum Outcome {
    Done,
    /// There was nothing to do.
    Nothing,
    /// To be tried again.
    Failed,
    /// Not to be tried again.
    Hopeless,
}

/// Whether this failure was the last try.
fn is_hopeless(error: &MailError, job: &Job) -> bool {
    let most = match error {
        MailError::Failed(_) => MAX_TRIES,
        MailError::Refused(_) => MAX_REFUSALS,
    };
    job.attempts.saturating_add(1) >= most
}
