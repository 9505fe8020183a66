//! The database: connections and the threads that own them.
//!
//! Three ways in, each with a closure that runs on a thread of its own
//! connection: [`Database::read`] (one snapshot), [`Database::query`] (one
//! statement) and [`Database::write`] (one transaction).
//!
//! On `SQLite` one thread writes. What is queued while it commits becomes its
//! next transaction, so one sync of the disk serves up to 256 writes, and no
//! two writes ever meet in `SQLite`'s busy handler.

mod checkpoint;
pub mod dialect;
mod error;
mod job;
mod lock;
pub mod migrations;
mod queue;
mod reader;
mod sqlite;
mod writer;

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::sync::oneshot;
use vestibule_domain::kernel::StoreError;

use crate::cache::protocol::Invalidate;
use job::{ReadJob, Ticket, WriteJob};
use queue::Queue;
use reader::{ReadQueue, Reader};
use sqlite::{Opener, Role};
use writer::{BACKGROUND, INTERACTIVE, Request, TRUNCATIONS, WriteQueue, Writer};

pub use dialect::Conn;
pub use error::{JobError, OpenError};
pub use job::Tx;
pub use lock::DataFolderLock;

/// How often the writer looks for commits of other processes. Within this
/// time after one, the caches are empty.
pub const FOREIGN_COMMIT_POLL: Duration = Duration::from_millis(100);

/// What a database is opened with.
#[derive(Clone)]
pub struct DatabaseConfig {
    /// The database file. Its folder must exist.
    pub path: PathBuf,
    /// Reader threads, at least one. Two by default.
    pub readers: usize,
    /// How long a statement waits for a lock of another process. 5 s by default.
    pub busy_timeout: Duration,
    /// The caches to empty after writes, if there are any.
    pub invalidate: Option<Arc<dyn Invalidate>>,
    /// Bounds of queues and batches.
    pub limits: Limits,
}

impl DatabaseConfig {
    /// The defaults, for the database in this file.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            readers: 2,
            busy_timeout: Duration::from_secs(5),
            invalidate: None,
            limits: Limits::default(),
        }
    }
}

impl std::fmt::Debug for DatabaseConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DatabaseConfig")
            .field("path", &self.path)
            .field("readers", &self.readers)
            .field("busy_timeout", &self.busy_timeout)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

/// Bounds of queues and batches. The defaults are those of the design; tests
/// choose others to reach a bound.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Reads that may wait.
    pub read_queue: usize,
    /// Interactive writes that may wait.
    pub write_queue: usize,
    /// Background writes that may wait.
    pub background_queue: usize,
    /// Jobs in one transaction, the background job included.
    pub batch_jobs: usize,
    /// Time after which a transaction takes in no further interactive jobs.
    pub batch_time: Duration,
    /// Time in a queue after which a job is not started any more.
    pub longest_wait: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            read_queue: 4_096,
            write_queue: 1_024,
            background_queue: 64,
            batch_jobs: 256,
            batch_time: Duration::from_millis(5),
            longest_wait: Duration::from_secs(2),
        }
    }
}

/// A handle to the database, cheap to clone. The last one that is dropped
/// shuts it down.
#[derive(Clone)]
pub struct Database {
    shared: Arc<Shared>,
}

struct Shared {
    reads: Arc<ReadQueue>,
    writes: Arc<WriteQueue>,
    ready: Arc<AtomicBool>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

struct NoCaches;

impl Invalidate for NoCaches {
    fn invalidate(&self, _: &[crate::cache::protocol::CacheKey]) {}
}

impl Database {
    /// Opens the file, creating it if need be, and starts the threads. Does
    /// not migrate: see [`migrations::migrate`].
    pub fn open(config: &DatabaseConfig) -> Result<Self, OpenError> {
        let limits = config.limits;
        let opener = Opener::new(&config.path, config.busy_timeout)?;
        let database = Self {
            shared: Arc::new(Shared {
                reads: Arc::new(Queue::new("read", [limits.read_queue])),
                writes: Arc::new(Queue::new(
                    "write",
                    [limits.write_queue, limits.background_queue, 64],
                )),
                ready: Arc::new(AtomicBool::new(false)),
                threads: Mutex::default(),
            }),
        };
        let shared = &database.shared;
        // The writer first: it puts a new file into WAL mode.
        let writer = Writer::new(
            Arc::clone(&shared.writes),
            opener.clone(),
            limits,
            config
                .invalidate
                .clone()
                .unwrap_or_else(|| Arc::new(NoCaches)),
            Arc::clone(&shared.ready),
        )?;
        shared.start("vestibule-writer", move || writer.run())?;
        for _ in 0..config.readers.max(1) {
            let reader = Reader {
                queue: Arc::clone(&shared.reads),
                longest_wait: limits.longest_wait,
                conn: Some(opener.open(Role::Reader)?),
                opener: opener.clone(),
            };
            shared.start("vestibule-reader", move || reader.run())?;
        }
        Ok(database)
    }

    /// Runs a job that sees one snapshot of the database, however many
    /// statements it takes.
    ///
    /// `Unavailable` when the queue is full, the job waited more than 2 s, or
    /// it panicked.
    pub async fn read<T, F>(&self, job: F) -> Result<T, StoreError>
    where
        F: FnOnce(&mut Conn) -> Result<T, JobError> + Send + 'static,
        T: Send + 'static,
    {
        self.run_read(job, true).await
    }

    /// [`Database::read`] for a job of a single statement, which is a snapshot
    /// by itself: the BEGIN and COMMIT around it would cost as much again as a
    /// lookup by key.
    pub async fn query<T, F>(&self, job: F) -> Result<T, StoreError>
    where
        F: FnOnce(&mut Conn) -> Result<T, JobError> + Send + 'static,
        T: Send + 'static,
    {
        self.run_read(job, false).await
    }

    async fn run_read<T, F>(&self, job: F, snapshot: bool) -> Result<T, StoreError>
    where
        F: FnOnce(&mut Conn) -> Result<T, JobError> + Send + 'static,
        T: Send + 'static,
    {
        let (ticket, outcome) = Ticket::new();
        let job = ReadJob {
            job,
            snapshot,
            ticket,
        };
        self.shared.reads.push(0, Box::new(job))?;
        answer(outcome).await
    }

    /// Runs a job in a transaction, and answers once it is on disk and no
    /// cache holds what it touched. Writes all or, on an error, nothing.
    ///
    /// The job MUST be re-runnable, do nothing but SQL, neither commit nor roll
    /// back the outer transaction, change at most some 1 000 rows, and after a
    /// database error return it and do nothing more. It runs to its end even
    /// when the caller drops this future, unless it has not started by then.
    ///
    /// A rule's refusal is a value (`Ok(Err(rule))`), returned before anything
    /// was written.
    ///
    /// `Unavailable` when the queue is full, the job waited more than 2 s or
    /// panicked, or COMMIT failed; only after the last may it have been written.
    pub async fn write<T, F>(&self, job: F) -> Result<T, StoreError>
    where
        F: Fn(&mut Tx<'_>) -> Result<T, JobError> + Send + 'static,
        T: Send + 'static,
    {
        self.run_write(job, INTERACTIVE).await
    }

    /// [`Database::write`] for work that nobody waits for: at most one such job
    /// goes with each group of interactive ones.
    pub async fn write_background<T, F>(&self, job: F) -> Result<T, StoreError>
    where
        F: Fn(&mut Tx<'_>) -> Result<T, JobError> + Send + 'static,
        T: Send + 'static,
    {
        self.run_write(job, BACKGROUND).await
    }

    async fn run_write<T, F>(&self, job: F, lane: usize) -> Result<T, StoreError>
    where
        F: Fn(&mut Tx<'_>) -> Result<T, JobError> + Send + 'static,
        T: Send + 'static,
    {
        let (ticket, outcome) = Ticket::new();
        let job = Request::Job(Box::new(WriteJob::new(job, ticket)));
        self.shared.writes.push(lane, job)?;
        answer(outcome).await
    }

    /// Empties the write-ahead log, so that nothing deleted is left in it.
    ///
    /// `Unavailable` when a long read, perhaps of another process, prevents it
    /// for more than 2 s.
    pub async fn truncate_wal(&self) -> Result<(), StoreError> {
        let (ticket, outcome) = Ticket::new();
        self.shared
            .writes
            .push(TRUNCATIONS, Request::TruncateWal(ticket))?;
        answer(outcome).await
    }

    /// Whether writes work, as far as known. `false` from a failed COMMIT until
    /// a probe write succeeded, which the writer tries every 100 ms.
    pub fn is_ready(&self) -> bool {
        self.shared.ready.load(Ordering::Acquire)
    }

    /// Refuses new jobs, serves those that are queued, empties the write-ahead
    /// log and ends the threads.
    pub async fn shutdown(&self) {
        let shared = Arc::clone(&self.shared);
        // It fails only when the runtime is going down itself; dropping the
        // last handle then does the rest.
        let _ = tokio::task::spawn_blocking(move || shared.stop()).await;
    }
}

async fn answer<T>(outcome: oneshot::Receiver<Result<T, StoreError>>) -> Result<T, StoreError> {
    outcome.await.unwrap_or_else(|_| {
        Err(StoreError::unavailable(
            "the database thread dropped the job",
        ))
    })
}

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Database")
            .field("ready", &self.is_ready())
            .finish_non_exhaustive()
    }
}

impl Shared {
    fn start(&self, name: &str, run: impl FnOnce() + Send + 'static) -> Result<(), OpenError> {
        let handle = thread::Builder::new().name(name.to_owned()).spawn(run)?;
        self.threads
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(handle);
        Ok(())
    }

    fn stop(&self) {
        self.writes.close();
        self.reads.close();
        let threads =
            std::mem::take(&mut *self.threads.lock().unwrap_or_else(PoisonError::into_inner));
        for handle in threads {
            // A job may own the last handle to the database, and no thread can
            // wait for itself.
            if handle.thread().id() != thread::current().id() {
                let _ = handle.join();
            }
        }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.stop();
    }
}
