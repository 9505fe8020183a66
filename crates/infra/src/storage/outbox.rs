use std::sync::Arc;

use async_trait::async_trait;
use diesel::prelude::*;
use vestibule_domain::kernel::{JobId, StoreError, Timestamp};
use vestibule_domain::outbox::{Job, NewJob, OutboxStore, Work};

use super::SqlStorage;
use super::schema::outbox;
use super::stored::Stored;
use crate::crypto::PayloadCipher;
use crate::database::dialect::{load_unlocked, on};

#[async_trait]
impl OutboxStore for SqlStorage {
    async fn claim(
        &self,
        now: Timestamp,
        claimed_until: Timestamp,
        limit: u32,
    ) -> Result<Vec<Job>, StoreError> {
        let cipher = Arc::clone(&self.cipher);
        let due = move || {
            outbox::table
                .filter(outbox::due_at.le(now.as_micros()))
                .order((outbox::due_at.asc(), outbox::id.asc()))
                .limit(limit.into())
        };
        // An empty outbox, the usual case, costs no commit.
        let waiting: Vec<String> = self
            .database
            .query(move |conn| Ok(on!(conn, |c| due().select(outbox::id).load(c))?))
            .await?;
        if waiting.is_empty() {
            return Ok(Vec::new());
        }
        let rows: Vec<JobRow> = self
            .database
            .write_background(move |tx| {
                let rows: Vec<JobRow> = load_unlocked!(tx.conn, due().select(JobRow::as_select()))?;
                let ids = rows.iter().map(|row| row.id.as_str());
                on!(tx.conn, |c| diesel::update(
                    outbox::table.filter(outbox::id.eq_any(ids))
                )
                .set(outbox::due_at.eq(claimed_until.as_micros()))
                .execute(c))?;
                Ok(rows)
            })
            .await?;
        // One that cannot be read must not keep the others from being sent.
        Ok(rows
            .into_iter()
            .filter_map(|row| {
                row.into_job(&*cipher)
                    .inspect_err(|error| tracing::error!(%error, "an outbox job is skipped"))
                    .ok()
            })
            .collect())
    }

    async fn complete(&self, jobs: &[JobId]) -> Result<(), StoreError> {
        let ids: Vec<_> = jobs.iter().map(ToString::to_string).collect();
        self.database
            .write_background(move |tx| {
                on!(tx.conn, |c| diesel::delete(
                    outbox::table.filter(outbox::id.eq_any(&ids))
                )
                .execute(c))?;
                Ok(())
            })
            .await
    }

    async fn retry(&self, job: JobId, due: Timestamp) -> Result<(), StoreError> {
        self.database
            .write_background(move |tx| {
                // None is updated when its user was deleted meanwhile.
                on!(tx.conn, |c| diesel::update(
                    outbox::table.find(job.to_string())
                )
                .set((
                    outbox::due_at.eq(due.as_micros()),
                    outbox::attempts.eq(outbox::attempts + 1_i32),
                ))
                .execute(c))?;
                Ok(())
            })
            .await
    }

    async fn release(&self, now: Timestamp) -> Result<(), StoreError> {
        let now = now.as_micros();
        self.database
            .write_background(move |tx| {
                on!(tx.conn, |c| diesel::update(
                    outbox::table.filter(outbox::due_at.gt(now))
                )
                .set(outbox::due_at.eq(now))
                .execute(c))?;
                Ok(())
            })
            .await
    }
}

/// What the payload is bound to, so that it opens in its own row only.
fn context(id: &str) -> Vec<u8> {
    [b"outbox:", id.as_bytes()].concat()
}

/// A job to store.
#[derive(Insertable)]
#[diesel(table_name = outbox, treat_none_as_default_value = false)]
pub(super) struct OutboxRow {
    id: String,
    user_id: Option<String>,
    due_at: i64,
    attempts: i32,
    payload: Vec<u8>,
}

impl OutboxRow {
    /// Its id, as it is stored.
    pub(super) fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn new(
        job: &NewJob,
        at: Timestamp,
        cipher: &dyn PayloadCipher,
    ) -> Result<Self, StoreError> {
        let NewJob { id, user, work } = job;
        let id = id.to_string();
        let plain = serde_json::to_vec(work).map_err(StoreError::unavailable)?;
        Ok(Self {
            payload: cipher.seal(&context(&id), &plain),
            id,
            user_id: user.map(|user| user.to_string()),
            due_at: at.as_micros(),
            attempts: 0,
        })
    }
}

/// A stored job.
#[derive(Queryable, Selectable)]
#[diesel(table_name = outbox)]
struct JobRow {
    id: String,
    attempts: i32,
    payload: Vec<u8>,
}

impl JobRow {
    fn into_job(self, cipher: &dyn PayloadCipher) -> Result<Job, StoreError> {
        let Self {
            id,
            attempts,
            payload,
        } = self;
        let row = Stored {
            table: "outbox",
            row: &id,
        };
        let plain = row.parsed("payload", cipher.open(&context(&id), &payload).ok_or(()))?;
        Ok(Job {
            id: row.id("id", &id)?,
            work: row.parsed("payload", serde_json::from_slice::<Work>(&plain))?,
            attempts: row.parsed("attempts", u32::try_from(attempts))?,
        })
    }
}
