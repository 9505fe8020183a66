use std::time::Duration;

use thiserror::Error;

use crate::kernel::{Digest, JobId, Timestamp};

/// How often a bucket admits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// So many in any period of this length.
    Window {
        /// How many, at least 1.
        most: u32,
        /// The period.
        per: Duration,
    },
    /// So many at once, then one after each wait, which doubles.
    Backoff {
        /// How many come without a wait, at least 1.
        free: u32,
        /// The first wait.
        first: Duration,
        /// The longest wait.
        longest: Duration,
        /// All is forgotten when nothing was tried for so long.
        forget: Duration,
    },
}

/// What a bucket remembers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bucket {
    /// Attempts that count.
    pub attempts: u32,
    /// When the latest of them were, oldest first; as many as the limit needs.
    pub times: Vec<Timestamp>,
    /// From then on it says no more than no bucket at all.
    pub expires_at: Timestamp,
}

/// An attempt that came too early. It was neither carried out nor counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("too many attempts; the next one is admitted in {retry_after:?}")]
pub struct Throttled {
    /// How many attempts the limit admits at once.
    pub limit: u32,
    /// When the next one is admitted, if nobody else is faster.
    pub retry_after: Duration,
}

impl Throttled {
    /// The wait in whole seconds, rounded up, at least 1.
    pub fn seconds(&self) -> u64 {
        let seconds = self.retry_after.as_millis().div_ceil(1000).max(1);
        u64::try_from(seconds).unwrap_or(u64::MAX)
    }
}

/// What a write does to a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Throttle {
    /// Asks whether it admits one more, and counts it.
    Count {
        /// The bucket's key.
        key: Digest,
        /// Its limit.
        limit: Limit,
    },
    /// Asks whether it admits one more, and counts nothing: before work that is
    /// counted once it is done.
    Ask {
        /// The bucket's key.
        key: Digest,
        /// Its limit.
        limit: Limit,
    },
    /// Forgets all attempts.
    Clear {
        /// The bucket's key.
        key: Digest,
    },
    /// Counts a job of the write; the write goes on without the job when the
    /// bucket admits no more.
    Job {
        /// The bucket's key.
        key: Digest,
        /// Its limit.
        limit: Limit,
        /// The job.
        job: JobId,
    },
}

impl Throttle {
    /// The bucket's key.
    pub const fn key(&self) -> Digest {
        match self {
            Self::Count { key, .. }
            | Self::Ask { key, .. }
            | Self::Clear { key }
            | Self::Job { key, .. } => *key,
        }
    }
}

/// What to store of a bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BucketChange {
    /// Its key.
    pub key: Digest,
    /// What it remembers from now on; `None` for nothing.
    pub bucket: Option<Bucket>,
}

/// What a write does to its buckets, and they to it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Decision {
    /// What to store.
    pub changes: Vec<BucketChange>,
    /// Jobs of the write that are not stored.
    pub left_out: Vec<JobId>,
}

/// What comes of a write, given what is stored of the buckets that it counts
/// in; or that it is refused, and until when the strictest of them says so.
pub fn decide<'a>(
    throttles: &[Throttle],
    at: Timestamp,
    stored: impl Fn(Digest) -> Option<&'a Bucket>,
) -> Result<Decision, Throttled> {
    let mut decision = Decision::default();
    let mut refused: Option<Throttled> = None;
    for throttle in throttles {
        let key = throttle.key();
        let bucket = match throttle {
            Throttle::Clear { .. } => None,
            Throttle::Job { limit, job, .. } => {
                if let Ok(bucket) = limit.admit(stored(key), at) {
                    Some(bucket)
                } else {
                    decision.left_out.push(*job);
                    continue;
                }
            }
            Throttle::Count { limit, .. } | Throttle::Ask { limit, .. } => {
                match limit.admit(stored(key), at) {
                    Ok(_) if matches!(throttle, Throttle::Ask { .. }) => continue,
                    Ok(bucket) => Some(bucket),
                    Err(refusal) => {
                        if refused.is_none_or(|other| other.retry_after < refusal.retry_after) {
                            refused = Some(refusal);
                        }
                        continue;
                    }
                }
            }
        };
        decision.changes.push(BucketChange { key, bucket });
    }
    refused.map_or(Ok(decision), Err)
}

impl Limit {
    /// So many, at least 1, in any 24 hours.
    pub const fn daily(most: u32) -> Self {
        Self::Window {
            most,
            per: Duration::from_hours(24),
        }
    }

    /// The bucket with one more attempt, or why there may be none now.
    pub fn admit(&self, stored: Option<&Bucket>, at: Timestamp) -> Result<Bucket, Throttled> {
        let stored = stored.filter(|bucket| at < bucket.expires_at);
        match *self {
            Self::Window { most, per } => {
                let times = stored.map_or(&[][..], |bucket| &bucket.times);
                let mut times: Vec<Timestamp> = times
                    .iter()
                    .copied()
                    .filter(|time| at.since(*time) < per)
                    .collect();
                let full = usize::try_from(most.max(1)).unwrap_or(usize::MAX);
                if times.len() >= full {
                    // The limit may be lower than it was.
                    let leaves = times[times.len() - full];
                    return Err(Throttled {
                        limit: most,
                        retry_after: leaves.after(per).since(at).min(per),
                    });
                }
                times.push(at);
                Ok(Bucket {
                    attempts: u32::try_from(times.len()).unwrap_or(u32::MAX),
                    times,
                    expires_at: at.after(per),
                })
            }
            Self::Backoff {
                free,
                first,
                longest,
                forget,
            } => {
                let attempts = stored.map_or(0, |bucket| bucket.attempts);
                let last = stored.and_then(|bucket| bucket.times.last().copied());
                if let (Some(last), Some(beyond)) = (last, attempts.checked_sub(free.max(1))) {
                    let wait = first
                        .saturating_mul(2_u32.saturating_pow(beyond))
                        .min(longest);
                    let opens = last.after(wait);
                    if at < opens {
                        // Never more than the longest, though others may count
                        // by a clock that is ahead.
                        return Err(Throttled {
                            limit: free,
                            retry_after: opens.since(at).min(longest),
                        });
                    }
                }
                // The clocks of several instances differ a little.
                let last = last.map_or(at, |last| last.max(at));
                Ok(Bucket {
                    attempts: attempts.saturating_add(1),
                    times: vec![last],
                    expires_at: last.after(forget.max(longest)),
                })
            }
        }
    }
}

/// The limits of the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Passwords tried on one account, or one name that is no account's.
    pub passwords: Limit,
    /// Logins from one address.
    pub logins: Limit,
    /// Registrations from one address.
    pub registrations: Limit,
    /// Mails of one kind that are asked for to one address.
    pub mails: Limit,
}

impl Default for Limits {
    /// SECURITY.md "Throttling": 5 passwords, then one after 1 s doubling to
    /// 15 min; 30 logins a minute; 3 mails an hour. Its own: what was tried is
    /// forgotten after a quiet day; 60 registrations an hour.
    fn default() -> Self {
        let an_hour = Duration::from_hours(1);
        Self {
            passwords: Limit::Backoff {
                free: 5,
                first: Duration::from_secs(1),
                longest: Duration::from_mins(15),
                forget: Duration::from_hours(24),
            },
            logins: Limit::Window {
                most: 30,
                per: Duration::from_mins(1),
            },
            registrations: Limit::Window {
                most: 60,
                per: an_hour,
            },
            mails: Limit::Window {
                most: 3,
                per: an_hour,
            },
        }
    }
}

choice! {
    /// Mails that are limited: those that anybody can ask for, to an address
    /// that they typed, and those that a program could cause without end.
    MailKind {
        /// Verification of an address, again.
        VerifyEmail = "verify_email",
        /// Password reset.
        ResetPassword = "reset_password",
        /// Change of the address.
        EmailChange = "email_change",
        /// Invitation to an organization.
        Invitation = "invitation",
        /// Notice of a login from a device that is not known.
        NewDevice = "new_device",
    }
}
