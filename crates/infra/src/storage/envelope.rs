//! What commits with a command: security log, outbox jobs, idempotency record.

use std::convert::Infallible;
use std::sync::Arc;

use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use vestibule_domain::idempotency::RETENTION;
use vestibule_domain::kernel::{Digest, Once, StoreError, Timestamp, UserId, Write};
use vestibule_domain::throttling::Throttle;
use vestibule_domain::users::Account;

use super::SqlStorage;
use super::activity::ActivityRow;
use super::outbox::OutboxRow;
use super::schema::{activity, once, outbox};
use super::throttling;
use crate::crypto::PayloadCipher;
use crate::database::dialect::on;
use crate::database::{Conn, JobError, Sharing, Tx};

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
        let (command, envelope) = Envelope::of(write, &*self.cipher)?;
        let has_jobs = !envelope.jobs.is_empty();
        let job = envelope.around(command, sealed, job);
        let outcome = self.database.write(job).await?;
        if has_jobs && outcome.is_ok() {
            self.jobs_stored.notify_one();
        }
        Ok(outcome)
    }

    /// [`SqlStorage::commit`] of a change of a user's row, and what the account
    /// is then. The change locks no rows of others.
    pub(super) async fn commit_update<C, F>(
        &self,
        user: UserId,
        write: Write<C>,
        change: F,
    ) -> Result<Arc<Account>, StoreError>
    where
        C: Send + 'static,
        F: Fn(&mut Tx<'_>, &C, Timestamp) -> Result<(), JobError> + Send + 'static,
    {
        let (command, envelope) = Envelope::of(write, &*self.cipher)?;
        let has_jobs = !envelope.jobs.is_empty();
        // Keys of requests and buckets are not of one user.
        let sharing = if envelope.once.is_none() && envelope.throttle.is_empty() {
            Sharing::Allowed
        } else {
            Sharing::Forbidden
        };
        let job = envelope.around(
            command,
            |()| &(),
            move |tx, command, at| change(tx, command, at).map(Ok::<_, Infallible>),
        );
        let change = move |tx: &mut Tx<'_>| job(tx).map(|Ok(())| ());
        let account = self
            .database
            .update(&self.accounts, user, sharing, change)
            .await?;
        if has_jobs {
            self.jobs_stored.notify_one();
        }
        Ok(account)
    }
}

/// What commits with a command, as rows.
struct Envelope<A> {
    at: Timestamp,
    log: Vec<ActivityRow>,
    jobs: Vec<OutboxRow>,
    once: Option<Once<A>>,
    throttle: Vec<Throttle>,
}

impl<A: 'static> Envelope<A> {
    fn of<C>(write: Write<C, A>, cipher: &dyn PayloadCipher) -> Result<(C, Self), StoreError> {
        let Write {
            command,
            at,
            log,
            jobs,
            once,
            throttle,
        } = write;
        let jobs = jobs.iter().map(|job| OutboxRow::new(job, at, cipher));
        let envelope = Self {
            at,
            log: log
                .iter()
                .map(|entry| ActivityRow::new(entry, at))
                .collect(),
            jobs: jobs.collect::<Result<_, _>>()?,
            once,
            throttle,
        };
        Ok((command, envelope))
    }

    /// The command's job with all that goes before and after it.
    fn around<C, T, N, F>(
        self,
        command: C,
        sealed: fn(&T) -> &A,
        job: F,
    ) -> impl Fn(&mut Tx<'_>) -> Result<Result<T, N>, JobError> + Send + 'static
    where
        C: Send + 'static,
        T: 'static,
        N: 'static,
        F: Fn(&mut Tx<'_>, &C, Timestamp) -> Result<Result<T, N>, JobError> + Send + 'static,
    {
        let Self {
            at,
            log,
            jobs,
            once,
            throttle,
        } = self;
        move |tx| {
            if let Some(once) = &once {
                claim_once(tx.conn, once, at)?;
            }
            let asked = throttling::ask(tx.conn, &throttle, at)?;
            let outcome = job(tx, &command, at)?;
            match (&outcome, &once) {
                (Ok(effect), once) => {
                    asked.count(tx.conn)?;
                    let kept = jobs.iter().filter(|job| !asked.leaves_out(job.id()));
                    let stored = store(tx.conn, &log, kept).and_then(|()| match once {
                        Some(once) => keep_answer(tx.conn, once, sealed(effect)),
                        None => Ok(()),
                    });
                    stored.map_err(of_missing_user)?;
                }
                (Err(_), once) => {
                    asked.leave(tx.conn)?;
                    if let Some(once) = once {
                        release_once(tx.conn, once.key)?;
                    }
                }
            }
            Ok(outcome)
        }
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

fn store<'a>(
    conn: &mut Conn,
    log: &[ActivityRow],
    jobs: impl Iterator<Item = &'a OutboxRow>,
) -> QueryResult<()> {
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

/// Takes the key before the command, so that a replay is not told that what it
/// made itself is a duplicate. A replay that runs at the same time waits here
/// for the first to end.
fn claim_once<A>(conn: &mut Conn, record: &Once<A>, at: Timestamp) -> Result<(), JobError> {
    on!(conn, |c| diesel::delete(
        once::table
            .find(record.key.0.as_slice())
            .filter(once::expires_at.le(at.as_micros()))
    )
    .execute(c))?;
    let row = OnceRow {
        key_digest: record.key.0.to_vec(),
        // The command may be what makes the user.
        user_id: None,
        fingerprint: record.fingerprint.0.to_vec(),
        created_at: at.as_micros(),
        expires_at: at.after(RETENTION).as_micros(),
        answer: Vec::new(),
    };
    let claimed = on!(conn, |c| diesel::insert_into(once::table)
        .values(&row)
        .on_conflict_do_nothing()
        .execute(c))?;
    if claimed == 1 {
        Ok(())
    } else {
        Err(StoreError::Duplicate("once").into())
    }
}

fn keep_answer<A>(conn: &mut Conn, record: &Once<A>, effect: &A) -> QueryResult<()> {
    on!(conn, |c| diesel::update(
        once::table.find(record.key.0.as_slice())
    )
    .set((
        once::user_id.eq(record.user.map(|user| user.to_string())),
        once::answer.eq((record.seal)(effect)),
    ))
    .execute(c))?;
    Ok(())
}

fn release_once(conn: &mut Conn, key: Digest) -> QueryResult<()> {
    on!(conn, |c| diesel::delete(once::table.find(key.0.as_slice()))
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
