//! What commits with a command: the one place where this adapter stores it.

use redb::WriteTransaction;
use vestibule_domain::activity::ActivityRecord;
use vestibule_domain::idempotency::OnceRecord;
use vestibule_domain::kernel::{StoreError, Timestamp, Write};

use crate::database::{Done, RedbStorage};
use crate::idempotency::{StoredOnce, live_once};
use crate::outbox::StoredJob;
use crate::schema::{ACTIVITY, JOBS, ONCE};
use crate::table::{Writes as _, digest_key, owned};
use crate::throttle::count;

/// What a command has come to: its answer, and the outcome that the
/// idempotency record seals. Without an outcome it changed nothing, and
/// nothing of its envelope is stored.
pub(crate) type Applied<T, A> = (T, Option<A>);

impl RedbStorage {
    /// Carries out a command and stores its envelope, in one transaction.
    pub(crate) async fn write<C, A, T, E>(
        &self,
        write: Write<C, A>,
        apply: impl FnOnce(&WriteTransaction, C, Timestamp) -> Result<Applied<T, A>, E> + Send + 'static,
    ) -> Result<T, E>
    where
        C: Send + 'static,
        A: 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let Write {
            command,
            at,
            log,
            jobs,
            once,
            throttle,
        } = write;
        let mail_key = self.mail_key.clone();
        self.transact(move |tx| {
            // Before the command: a retry is to be replayed, not told that
            // what it made itself is taken.
            if let Some(once) = &once
                && live_once(tx, once.key, at)?.is_some()
            {
                return Err(StoreError::Duplicate("once").into());
            }
            let left_out = count(tx, &throttle, at)?;
            let (answer, outcome) = apply(tx, command, at)?;
            let Some(outcome) = outcome else {
                return Ok(Done::Abort(answer));
            };
            for entry in log {
                let key = owned(entry.user, entry.id);
                let created_at = at;
                tx.put(&ACTIVITY, &key, &ActivityRecord { entry, created_at })?;
            }
            for job in jobs.into_iter().filter(|job| !left_out.contains(&job.id)) {
                let key = job.id.to_string();
                tx.put(&JOBS, &key, &StoredJob::new(job, at, &mail_key)?)?;
            }
            if let Some(once) = once {
                let record = OnceRecord {
                    fingerprint: once.fingerprint,
                    answer: (once.seal)(&outcome),
                };
                let stored = StoredOnce::new(record, once.user, at);
                tx.put(&ONCE, &digest_key(once.key), &stored)?;
            }
            Ok(Done::Commit(answer))
        })
        .await
    }
}
