//! What commits with a command: security log, outbox jobs, idempotency record.

use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use vestibule_domain::activity::LogEntry;
use vestibule_domain::idempotency::RETENTION;
use vestibule_domain::kernel::{Digest, Once, StoreError, Timestamp, Write};

use super::SqlStorage;
use super::outbox::OutboxRow;
use super::schema::{activity, once, outbox};
use crate::database::dialect::on;
use crate::database::{Conn, JobError, Tx};

impl SqlStorage {
    /// Carries out a command and stores its envelope, in one transaction.
    ///
    /// `job` answers `Ok` when the command took effect and `Err` when it
    /// changed nothing; then the envelope is not stored either. `sealed` picks
    /// what the idempotency record keeps.
    pub(super) async fn commit<C, A, T, N, F>(
        &self,
        write: Write<C, A>,
        sealed: fn(&T) -> &A,
        job: F,
    ) -> Result<Result<T, N>, StoreError>
    where
        C: Send + 'static,
        A: 'static,
        T: Send + 'static,
        N: Send + 'static,
        F: Fn(&mut Tx<'_>, &C, Timestamp) -> Result<Result<T, N>, JobError> + Send + 'static,
    {
        let Write {
            command,
            at,
            log,
            jobs,
            once,
        } = write;
        let log: Vec<_> = log
            .iter()
            .map(|entry| ActivityRow::new(entry, at))
            .collect();
        let jobs = jobs
            .iter()
            .map(|job| OutboxRow::new(job, at, &*self.cipher))
            .collect::<Result<Vec<_>, _>>()?;
        let has_jobs = !jobs.is_empty();
        let outcome = self
            .database
            .write(move |tx| {
                if let Some(once) = &once {
                    refuse_replay(tx.conn, once.key, at)?;
                }
                let outcome = job(tx, &command, at)?;
                if let Ok(effect) = &outcome {
                    store(tx.conn, &log, &jobs)
                        .and_then(|()| match &once {
                            Some(once) => store_once(tx.conn, once, sealed(effect), at),
                            None => Ok(()),
                        })
                        .map_err(of_missing_user)?;
                }
                Ok(outcome)
            })
            .await?;
        if has_jobs && outcome.is_ok() {
            self.jobs_stored.notify_one();
        }
        Ok(outcome)
    }
}

/// The foreign keys of all three tables lead to users.
fn of_missing_user(error: DieselError) -> JobError {
    match error {
        DieselError::DatabaseError(DatabaseErrorKind::ForeignKeyViolation, _) => {
            StoreError::Missing("user").into()
        }
        other => other.into(),
    }
}

fn store(conn: &mut Conn, log: &[ActivityRow], jobs: &[OutboxRow]) -> QueryResult<()> {
    // One by one: unlike an insert of many rows, this keeps its statement.
    for entry in log {
        on!(conn, |c| diesel::insert_into(activity::table)
            .values(entry)
            .execute(c))?;
    }
    for job in jobs {
        on!(conn, |c| diesel::insert_into(outbox::table)
            .values(job)
            .execute(c))?;
    }
    Ok(())
}

/// Before the command, so that a replay is not told that what it made itself
/// is a duplicate.
fn refuse_replay(conn: &mut Conn, key: Digest, at: Timestamp) -> Result<(), JobError> {
    let expires_at: Option<i64> = on!(conn, |c| once::table
        .find(key.0.as_slice())
        .select(once::expires_at)
        .first(c)
        .optional())?;
    match expires_at {
        Some(expires_at) if at.as_micros() < expires_at => {
            Err(StoreError::Duplicate("once").into())
        }
        _ => Ok(()),
    }
}

fn store_once<A>(conn: &mut Conn, record: &Once<A>, effect: &A, at: Timestamp) -> QueryResult<()> {
    on!(conn, |c| diesel::delete(
        once::table
            .find(record.key.0.as_slice())
            .filter(once::expires_at.le(at.as_micros()))
    )
    .execute(c))?;
    let row = OnceRow {
        key_digest: record.key.0.to_vec(),
        user_id: record.user.map(|user| user.to_string()),
        fingerprint: record.fingerprint.0.to_vec(),
        created_at: at.as_micros(),
        expires_at: at.after(RETENTION).as_micros(),
        answer: (record.seal)(effect),
    };
    on!(conn, |c| diesel::insert_into(once::table)
        .values(&row)
        .execute(c))?;
    Ok(())
}

#[derive(Insertable)]
#[diesel(table_name = once, treat_none_as_default_value = false)]
struct OnceRow {
    key_digest: Vec<u8>,
    user_id: Option<String>,
    fingerprint: Vec<u8>,
    created_at: i64,
    expires_at: i64,
    answer: Vec<u8>,
}

#[derive(Insertable)]
#[diesel(table_name = activity, treat_none_as_default_value = false)]
struct ActivityRow {
    id: String,
    user_id: String,
    event: &'static str,
    created_at: i64,
    session: Option<String>,
    ip: Option<String>,
    user_agent: Option<String>,
}

impl ActivityRow {
    fn new(entry: &LogEntry, at: Timestamp) -> Self {
        let LogEntry {
            id,
            user,
            event,
            session,
            origin,
        } = entry;
        Self {
            id: id.to_string(),
            user_id: user.to_string(),
            event: event.as_str(),
            created_at: at.as_micros(),
            session: session.map(|session| session.to_string()),
            ip: origin.ip.map(|ip| ip.to_string()),
            user_agent: origin.user_agent.clone(),
        }
    }
}
