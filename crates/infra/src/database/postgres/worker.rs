//! The threads that run jobs, each on a connection of the pool.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use diesel::QueryResult;
use vestibule_domain::kernel::StoreError;

use super::link::{Announcement, LinkQueue};
use super::pool::{Connector, Pool, Pooled};
use crate::cache::protocol::{CacheKey, Invalidate};
use crate::database::dialect::Conn;
use crate::database::error::{is_serialization_failure, is_transient};
use crate::database::job::{Admission, Ran, ReadWork, WriteWork, refuse, too_late};
use crate::database::queue::Queue;

pub(super) type ReadQueue = Queue<Box<dyn ReadWork>, 1>;
pub(super) type WriteQueue = Queue<Box<dyn WriteWork>, 1>;

/// How often a transaction is run that others keep coming in between.
const MOST_RUNS: u32 = 4;

/// Who shares a transaction does not wait long for a lock: the locks of all the
/// others would wait, too.
const BEGIN_TOGETHER: &str = "BEGIN; SET LOCAL lock_timeout = 100";

/// Runs reads.
pub(super) struct Reader {
    pub(super) queue: Arc<ReadQueue>,
    pub(super) pool: Pool,
    pub(super) longest_wait: Duration,
}

impl Reader {
    /// Serves until the queue is closed and empty.
    pub(super) fn run(self) {
        while let Some(work) = self.queue.pop(0) {
            // Jobs catch their own panics; this one is for the values they drop.
            let _ = catch_unwind(AssertUnwindSafe(|| self.serve(work)));
        }
    }

    /// Serves the job, and those that wait meanwhile on the same connection:
    /// the pool would look at it before each. There is one for each thread.
    fn serve(&self, work: Box<dyn ReadWork>) {
        let mut held: Option<r2d2::PooledConnection<Connector>> = None;
        let mut next = Some(work);
        while let Some(work) = next {
            match work.admission(self.longest_wait) {
                Admission::Start => {
                    let pooled = match held.take() {
                        Some(pooled) => Ok(pooled),
                        None => self.pool.get(work.deadline(self.longest_wait)),
                    };
                    match pooled {
                        Ok(mut pooled) => {
                            pooled.broken = !work.run(&mut pooled.conn);
                            held = (!pooled.broken).then_some(pooled);
                        }
                        Err(error) => work.refuse(error),
                    }
                }
                Admission::Abandoned => {}
                Admission::TooLate => work.refuse(too_late()),
            }
            next = self.queue.try_pop(0);
        }
    }
}

/// Runs writes, each in a transaction.
pub(super) struct Writer {
    pub(super) queue: Arc<WriteQueue>,
    /// Where each of several that share a transaction goes if one of them fails.
    pub(super) alone: Arc<WriteQueue>,
    pub(super) pool: Pool,
    pub(super) link: Arc<LinkQueue>,
    pub(super) invalidate: Arc<dyn Invalidate>,
    pub(super) longest_wait: Duration,
}

impl Writer {
    /// Serves until the queue is closed and empty.
    pub(super) fn run(self) {
        while let Some(work) = self.queue.pop(0) {
            let _ = catch_unwind(AssertUnwindSafe(|| self.serve(work)));
        }
    }

    fn serve(&self, mut work: Box<dyn WriteWork>) {
        match work.admission(self.longest_wait) {
            Admission::Start => {}
            Admission::Abandoned => return,
            Admission::TooLate => return refuse(work, too_late()),
        }
        let deadline = work.deadline(self.longest_wait);
        let mut runs = 1;
        loop {
            let mut pooled = match self.pool.get(deadline) {
                Ok(pooled) => pooled,
                Err(error) => return refuse(work, error),
            };
            match attempt(&mut pooled, &mut *work) {
                Attempt::Written(keys) => {
                    drop(pooled);
                    return self.announce(keys, work);
                }
                _ if work.parts() > 1 => return self.run_alone(work.split()),
                Attempt::Again if runs < MOST_RUNS && Instant::now() < deadline => runs += 1,
                // Each time somebody else's transaction is done, so this ends.
                Attempt::Overtaken if Instant::now() < deadline => {}
                Attempt::Again | Attempt::Overtaken | Attempt::RolledBack => return work.answer(),
            }
        }
    }

    fn run_alone(&self, parts: Vec<Box<dyn WriteWork>>) {
        for work in parts {
            if let Err(error) = self.alone.push(0, work) {
                // Dropped, the job has been answered.
                tracing::warn!(%error, "a write was not run again");
            }
        }
    }

    /// Empties the caches here, and has the link tell the other instances
    /// before the job is answered.
    fn announce(&self, keys: Vec<CacheKey>, work: Box<dyn WriteWork>) {
        if keys.is_empty() {
            return work.answer();
        }
        self.invalidate.invalidate(&keys);
        if let Err(error) = self.link.push(0, Announcement::new(keys, work)) {
            // Dropped with the announcement, the job has been answered.
            tracing::error!(%error, "a change was not announced");
        }
    }
}

/// What came of one run of a job.
enum Attempt {
    /// Nothing was written, and another run may succeed.
    Again,
    /// The same, for another transaction won.
    Overtaken,
    /// Nothing was written.
    RolledBack,
    /// It was written, or may have been; this is what it changed.
    Written(Vec<CacheKey>),
}

/// Runs the job in a transaction.
fn attempt(pooled: &mut Pooled, work: &mut dyn WriteWork) -> Attempt {
    let begin = if work.parts() > 1 {
        BEGIN_TOGETHER
    } else {
        "BEGIN"
    };
    if let Err(error) = pooled.conn.begin(begin) {
        pooled.broken = true;
        let again = is_transient(&error);
        work.fail(StoreError::unavailable(error));
        return if again {
            Attempt::Again
        } else {
            Attempt::RolledBack
        };
    }
    let ran = work.run(&mut pooled.conn);
    if ran == Ran::Done && matches!(pooled.conn.depth(), Ok(1)) {
        let keys = work.touched();
        return match pooled.conn.commit() {
            Ok(()) => Attempt::Written(keys),
            Err(error) => {
                pooled.broken = true;
                if is_serialization_failure(&error) {
                    work.fail(StoreError::unavailable(error));
                    return Attempt::Again;
                }
                // Who has lost the connection cannot know whether the server
                // committed before. Running the job again could do it twice.
                tracing::error!(%error, "the outcome of a commit is unknown");
                work.fail(StoreError::unavailable(error));
                Attempt::Written(keys)
            }
        };
    }
    if ran == Ran::Done {
        work.fail(StoreError::unavailable("the job left a transaction open"));
    }
    // Another run is for another connection: this one may lead to a server that
    // is a standby by now.
    pooled.broken = roll_back(&mut pooled.conn).is_err() || ran == Ran::Again;
    match ran {
        Ran::Again => Attempt::Again,
        Ran::Overtaken => Attempt::Overtaken,
        Ran::Done | Ran::Failed => Attempt::RolledBack,
    }
}

/// Ends the transaction, and the savepoints that a failed job left open.
fn roll_back(conn: &mut Conn) -> QueryResult<()> {
    while conn.depth()? > 0 {
        conn.rollback()?;
    }
    Ok(())
}
