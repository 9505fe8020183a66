use async_trait::async_trait;
use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use redb::WriteTransaction;
use serde::{Deserialize, Serialize};
use vestibule_domain::kernel::{JobId, StoreError, Timestamp, UserId};
use vestibule_domain::outbox::{Job, NewJob, OutboxStore, Work};

use crate::database::{Done, RedbStorage};
use crate::schema::JOBS;
use crate::table::{Place, Reads as _, Stored, Writes as _};

#[async_trait]
impl OutboxStore for RedbStorage {
    async fn claim(
        &self,
        now: Timestamp,
        claimed_until: Timestamp,
        limit: u32,
    ) -> Result<Vec<Job>, StoreError> {
        let mail_key = self.mail_key.clone();
        self.transact(move |tx| {
            let mut due = waiting(tx)?;
            due.retain(|job| job.due_at <= now);
            due.sort_by_key(|job| (job.due_at, job.id));
            due.truncate(limit as usize);
            let (mut claimed, mut damaged) = (Vec::new(), None);
            for mut job in due {
                match job.open(&mail_key) {
                    Ok(opened) => claimed.push(opened),
                    Err(error) => {
                        damaged = Some(error);
                        continue;
                    }
                }
                job.due_at = claimed_until;
                tx.put(&JOBS, &job.id.to_string(), &job)?;
            }
            // One letter that cannot be read does not hold up the others, and
            // is told of as soon as it is alone.
            match damaged {
                Some(error) if claimed.is_empty() => Err(error),
                _ if claimed.is_empty() => Ok(Done::Abort(claimed)),
                _ => Ok(Done::Commit(claimed)),
            }
        })
        .await
    }

    async fn complete(&self, jobs: &[JobId]) -> Result<(), StoreError> {
        let jobs = jobs.to_vec();
        self.transact(move |tx| {
            for job in jobs {
                tx.remove(&JOBS, &job.to_string())?;
            }
            Ok(Done::Commit(()))
        })
        .await
    }

    async fn retry(&self, job: JobId, due: Timestamp) -> Result<(), StoreError> {
        self.transact(move |tx| {
            let key = job.to_string();
            let Some(mut job) = tx.get(&JOBS, &key)? else {
                return Ok(Done::Abort(()));
            };
            job.due_at = due;
            job.attempts += 1;
            tx.put(&JOBS, &key, &job).map(Done::Commit)
        })
        .await
    }

    async fn release(&self, now: Timestamp) -> Result<(), StoreError> {
        self.transact(move |tx| {
            for mut job in waiting(tx)? {
                job.due_at = job.due_at.min(now);
                tx.put(&JOBS, &job.id.to_string(), &job)?;
            }
            Ok(Done::Commit(()))
        })
        .await
    }
}

/// All jobs. A job is erased within seconds, so there are few, and an index of
/// the times at which they are due would cost more than it saves.
fn waiting(tx: &WriteTransaction) -> Result<Vec<StoredJob>, StoreError> {
    tx.open(&JOBS)?.starting_with("")
}

/// A job that waits; its letter is encrypted, since letters hold secrets.
pub(crate) struct StoredJob {
    id: JobId,
    user: Option<UserId>,
    letter: Vec<u8>,
    attempts: u32,
    due_at: Timestamp,
}

impl StoredJob {
    pub(crate) fn new(job: NewJob, at: Timestamp, key: &MailKey) -> Result<Self, StoreError> {
        let NewJob { id, user, work } = job;
        Ok(Self {
            id,
            user,
            letter: key.seal(id, &work)?,
            attempts: 0,
            due_at: at,
        })
    }

    fn open(&self, key: &MailKey) -> Result<Job, StoreError> {
        let row = self.id.to_string();
        let at = Place {
            table: "jobs",
            key: &row,
        };
        Ok(Job {
            id: self.id,
            work: at.parsed("letter", key.open(self.id, &self.letter).ok_or(()))?,
            attempts: self.attempts,
        })
    }
}

/// The key under which letters wait: AES-256-GCM.
pub(crate) struct MailKey(RandomizedNonceKey);

impl MailKey {
    pub(crate) fn new(key: &[u8; 32]) -> Self {
        let key = RandomizedNonceKey::new(&AES_256_GCM, key);
        Self(key.expect("a key of 32 bytes"))
    }

    /// Nonce, ciphertext, tag. The id of the job goes into the tag, so that a
    /// letter opens in its own row only.
    fn seal(&self, job: JobId, work: &Work) -> Result<Vec<u8>, StoreError> {
        let mut text = serde_json::to_vec(work).map_err(StoreError::unavailable)?;
        let context = Aad::from(job.uuid().into_bytes());
        let nonce = self.0.seal_in_place_append_tag(context, &mut text);
        let nonce = nonce.map_err(StoreError::unavailable)?;
        Ok([nonce.as_ref().as_slice(), &text].concat())
    }

    fn open(&self, job: JobId, sealed: &[u8]) -> Option<Work> {
        let (nonce, text) = sealed.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let context = Aad::from(job.uuid().into_bytes());
        let mut text = text.to_vec();
        let plain = self.0.open_in_place(nonce, context, &mut text).ok()?;
        serde_json::from_slice(plain).ok()
    }
}

/// The key has the id of the job.
#[derive(Serialize, Deserialize)]
pub(crate) struct JobRow {
    user: Option<String>,
    letter: Vec<u8>,
    attempts: u32,
    due_at: i64,
}

impl Stored for StoredJob {
    type Row = JobRow;

    fn to_row(&self) -> JobRow {
        let Self {
            id: _,
            user,
            letter,
            attempts,
            due_at,
        } = self;
        JobRow {
            user: user.map(|user| user.to_string()),
            letter: letter.clone(),
            attempts: *attempts,
            due_at: due_at.as_micros(),
        }
    }

    fn from_row(row: JobRow, at: Place<'_>) -> Result<Self, StoreError> {
        let JobRow {
            user,
            letter,
            attempts,
            due_at,
        } = row;
        Ok(Self {
            id: at.id()?,
            user: at.optional("user", user.as_deref(), str::parse)?,
            letter,
            attempts,
            due_at: Timestamp::from_micros(due_at),
        })
    }
}
