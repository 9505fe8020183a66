//! The writer thread: all writes of this process, committed in groups.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use diesel::QueryResult;
use vestibule_domain::kernel::StoreError;

use super::checkpoint::Checkpoints;
use super::opener::{self, Opener, Role};
use crate::cache::protocol::{CacheKey, Invalidate};
use crate::database::dialect::Conn;
use crate::database::job::{Admission, Ran, Ticket, WriteWork, refuse, too_late};
use crate::database::queue::Queue;
use crate::database::{FOREIGN_COMMIT_POLL, Limits, OpenError};

/// Lanes of the write queue.
pub(super) const INTERACTIVE: usize = 0;
pub(super) const BACKGROUND: usize = 1;
pub(super) const TRUNCATIONS: usize = 2;

/// What is asked of the writer.
pub(super) enum Request {
    Job(Box<dyn WriteWork>),
    TruncateWal(Ticket<()>),
}

pub(super) type WriteQueue = Queue<Request, 3>;

pub(super) struct Writer {
    queue: Arc<WriteQueue>,
    opener: Opener,
    limits: Limits,
    invalidate: Arc<dyn Invalidate>,
    /// Whether the last commit is known to have worked; shown to `/readyz`.
    ready: Arc<AtomicBool>,
    /// `None` when it has to be opened again.
    conn: Option<Conn>,
    data_version: i64,
    /// Jobs that ran in the open transaction. A field, so that a panic between
    /// COMMIT and the answers cannot answer before the caches are cleared.
    batch: Vec<Box<dyn WriteWork>>,
    checkpoints: Checkpoints,
}

impl Writer {
    pub(super) fn new(
        queue: Arc<WriteQueue>,
        opener: Opener,
        limits: Limits,
        invalidate: Arc<dyn Invalidate>,
        ready: Arc<AtomicBool>,
    ) -> Result<Self, OpenError> {
        let mut conn = opener.open(Role::Writer)?;
        let data_version = opener::data_version(&mut conn)?;
        ready.store(true, Ordering::Release);
        Ok(Self {
            checkpoints: Checkpoints::new(opener.busy_timeout(), limits.longest_wait),
            queue,
            opener,
            limits,
            invalidate,
            ready,
            conn: Some(conn),
            data_version,
            batch: Vec::with_capacity(limits.batch_jobs),
        })
    }

    /// Serves until the queue is closed and empty, then empties the WAL.
    pub(super) fn run(mut self) {
        while catch_unwind(AssertUnwindSafe(|| self.serve())).is_err() {
            // Jobs catch their own panics, so it was an invalidation or the
            // drop of a value. What the batch did is unknown.
            tracing::error!("the database writer panicked");
            let forget = catch_unwind(AssertUnwindSafe(|| {
                self.outcome_unknown("the database writer panicked");
            }));
            if forget.is_err() {
                self.batch.clear();
            }
        }
        if let Some(conn) = self.conn.as_mut() {
            self.checkpoints.last(conn);
        }
    }

    fn serve(&mut self) {
        while self.queue.wait(self.nap()) {
            self.look_for_foreign_commits();
            self.run_batch();
            while let Some(Request::TruncateWal(ticket)) = self.queue.try_pop(TRUNCATIONS) {
                self.checkpoints.ask_for_truncation(ticket);
            }
            if let Some(conn) = self.conn.as_mut() {
                self.checkpoints.after_batch(conn);
            }
        }
    }

    fn nap(&self) -> Duration {
        self.checkpoints.nap().unwrap_or(FOREIGN_COMMIT_POLL)
    }

    /// Another process on the same file says nothing to this one's caches.
    fn look_for_foreign_commits(&mut self) {
        if self.sound_connection().is_err() {
            return;
        }
        match self.conn.as_mut().map(opener::data_version) {
            Some(Ok(version)) if version != self.data_version => {
                self.data_version = version;
                self.invalidate.invalidate(&[CacheKey::All]);
            }
            Some(Ok(_)) => {}
            Some(Err(_)) | None => self.lose_connection(),
        }
    }

    /// Runs what is queued, up to the limits, and commits it at once.
    fn run_batch(&mut self) {
        let mut started = None;
        let mut background = true;
        while let Some(mut work) = self.next_job(started, &mut background) {
            match work.admission(self.limits.longest_wait) {
                Admission::Start => {}
                Admission::Abandoned => continue,
                Admission::TooLate => {
                    refuse(work, too_late());
                    continue;
                }
            }
            self.batch.push(work);
            if started.is_none() {
                if let Err(error) = self.begin() {
                    return self.refuse_batch(&error.to_string());
                }
                started = Some(Instant::now());
            }
            if let Err(error) = self.run_last() {
                tracing::warn!(%error, "SQLite ended a batch by itself; its jobs run again, one by one");
                return self.run_again();
            }
        }
        if started.is_some() {
            self.commit();
        }
    }

    /// Interactive jobs first, then one background job, which thereby waits for
    /// one batch at most and lengthens it by no more than itself.
    fn next_job(
        &self,
        started: Option<Instant>,
        background: &mut bool,
    ) -> Option<Box<dyn WriteWork>> {
        let room = self.batch.len() + 1 < self.limits.batch_jobs
            && started.is_none_or(|at| at.elapsed() < self.limits.batch_time);
        let mut request = None;
        if room {
            request = self.queue.try_pop(INTERACTIVE);
        }
        if request.is_none() && std::mem::take(background) {
            request = self.queue.try_pop(BACKGROUND);
        }
        match request? {
            Request::Job(work) => Some(work),
            Request::TruncateWal(_) => None,
        }
    }

    /// Runs every job of the batch again, each in its own transaction: nothing
    /// of the batch was committed, and only one of its jobs did this.
    fn run_again(&mut self) {
        self.lose_connection();
        for work in std::mem::take(&mut self.batch) {
            self.batch.push(work);
            if let Err(error) = self.begin() {
                self.refuse_batch(&error.to_string());
            } else if let Err(error) = self.run_last() {
                self.lose_connection();
                self.refuse_batch(&format!("SQLite ended the transaction by itself: {error}"));
            } else {
                self.commit();
            }
        }
    }

    /// Runs the last job of the batch in its savepoint. An error means that
    /// the transaction is gone.
    fn run_last(&mut self) -> QueryResult<()> {
        let (Some(conn), Some(work)) = (self.conn.as_mut(), self.batch.last_mut()) else {
            return Err(diesel::result::Error::NotInTransaction);
        };
        conn.execute("SAVEPOINT job")?;
        if work.run(conn) == Ran::Done {
            if conn.depth()? == 1 {
                return conn.execute("RELEASE job");
            }
            work.fail(StoreError::unavailable("the job left a transaction open"));
        }
        // Diesel counts the savepoints that a failed or panicked job left open.
        while conn.depth()? > 1 {
            conn.rollback()?;
        }
        conn.execute("ROLLBACK TO job; RELEASE job")
    }

    fn commit(&mut self) {
        match self.conn.as_mut().map(Conn::commit) {
            Some(Ok(())) => {
                let touched: Vec<_> = self.batch.iter().flat_map(|work| work.touched()).collect();
                if !touched.is_empty() {
                    self.invalidate.invalidate(&touched);
                }
                for work in self.batch.drain(..) {
                    work.answer();
                }
            }
            Some(Err(error)) => self.outcome_unknown(&format!("COMMIT failed: {error}")),
            None => self.outcome_unknown("the connection was lost before COMMIT"),
        }
    }

    /// COMMIT failed: the batch may be in the file or not, now or after a
    /// crash. Running it again could do it twice.
    fn outcome_unknown(&mut self, cause: &str) {
        tracing::error!(cause, "the outcome of a commit is unknown");
        self.ready.store(false, Ordering::Release);
        self.lose_connection();
        self.refuse_batch(cause);
    }

    fn refuse_batch(&mut self, cause: &str) {
        for work in self.batch.drain(..) {
            refuse(work, StoreError::unavailable(cause));
        }
    }

    fn begin(&mut self) -> Result<(), StoreError> {
        let begun = self.sound_connection()?.begin("BEGIN IMMEDIATE");
        begun.map_err(|error| {
            self.lose_connection();
            StoreError::unavailable(error)
        })
    }

    /// Closing rolls back whatever is open. A new connection cannot tell which
    /// foreign commits the old one had seen, hence `All`, always after the
    /// rollback and before any answer.
    fn lose_connection(&mut self) {
        self.conn = None;
        self.invalidate.invalidate(&[CacheKey::All]);
    }

    /// The connection, opened again and proven by a durable write where needed.
    fn sound_connection(&mut self) -> Result<&mut Conn, StoreError> {
        if self.conn.is_none() {
            let mut conn = self.opener.open(Role::Writer).map_err(|error| {
                self.ready.store(false, Ordering::Release);
                StoreError::unavailable(error)
            })?;
            let proven = opener::data_version(&mut conn).and_then(|version| {
                self.data_version = version;
                if self.ready.load(Ordering::Acquire) {
                    Ok(())
                } else {
                    opener::probe_write(&mut conn)
                }
            });
            if let Err(error) = proven {
                self.ready.store(false, Ordering::Release);
                return Err(StoreError::unavailable(error));
            }
            // From here on `data_version` sees foreign commits; those before
            // are covered by this.
            self.invalidate.invalidate(&[CacheKey::All]);
            self.conn = Some(conn);
            if !self.ready.swap(true, Ordering::AcqRel) {
                tracing::info!("the database writes again");
            }
        }
        self.conn
            .as_mut()
            .ok_or_else(|| StoreError::unavailable("no connection"))
    }
}
