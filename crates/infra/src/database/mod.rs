//! The database: connections and the threads that own them.
//!
//! Four ways in, each with a closure that runs on a thread with a connection:
//! [`Database::read`] (one snapshot), [`Database::query`] (one statement),
//! `Database::look_up` (one key of a statement for many, within this crate) and
//! [`Database::write`] (one transaction).
//!
//! On `SQLite` one thread writes. What is queued while it commits becomes its
//! next transaction, so one sync of the disk serves up to 256 writes, and no
//! two writes ever meet in `SQLite`'s busy handler.
//!
//! On `PostgreSQL` some threads read and some write, each job on a connection
//! of a pool, and one more connection tells the other instances what to drop
//! from their caches.

pub mod dialect;
mod engine;
mod error;
mod job;
mod lookups;
pub mod migrations;
mod postgres;
mod prepared;
mod queue;
mod sqlite;
mod updates;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;
use tokio::time::timeout;
use vestibule_domain::kernel::StoreError;

use crate::cache::protocol::Invalidate;
use engine::{Engine, Lane};
use job::{ReadJob, Ticket, WriteJob};
use postgres::PostgresEngine;
use sqlite::SqliteEngine;

pub use dialect::Conn;
pub use error::{JobError, OpenError};
pub use job::Tx;
pub(crate) use lookups::{Find, Lookups};
pub use postgres::PostgresUrl;
pub(crate) use prepared::{Texts, prepared_update};
pub use sqlite::DataFolderLock;
pub(crate) use updates::Updates;

/// How often the writer looks for commits of other processes. Within this
/// time after one, the caches are empty.
pub const FOREIGN_COMMIT_POLL: Duration = Duration::from_millis(100);

/// A job that started in time has this long to be done.
const GRACE: Duration = Duration::from_millis(500);

/// Where the data is.
#[derive(Debug, Clone)]
pub enum Location {
    /// `SQLite`, in this file. Its folder must exist.
    File(PathBuf),
    /// A database of a `PostgreSQL` server.
    Postgres(PostgresUrl),
}

impl std::fmt::Display for Location {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Postgres(url) => url.fmt(f),
        }
    }
}

/// What a database is opened with.
#[derive(Clone)]
pub struct DatabaseConfig {
    /// Where the data is.
    pub location: Location,
    /// Threads that read, at least one. Two by default on `SQLite`, eight on
    /// `PostgreSQL`, where each needs a connection.
    pub readers: usize,
    /// Connections that writes may always use on `PostgreSQL`, at least one;
    /// they also use those that nobody reads on, but for two. Eight by default.
    /// `SQLite` has one writer.
    pub writers: usize,
    /// How long a statement waits for a lock of another process. 5 s by
    /// default on `SQLite`, 2 s on `PostgreSQL`.
    pub busy_timeout: Duration,
    /// The caches to empty after writes, if there are any.
    pub invalidate: Option<Arc<dyn Invalidate>>,
    /// Bounds of queues and batches.
    pub limits: Limits,
}

impl DatabaseConfig {
    /// The defaults, for the database at this place.
    pub fn new(location: Location) -> Self {
        let (readers, busy_timeout) = match location {
            Location::File(_) => (2, Duration::from_secs(5)),
            Location::Postgres(_) => (8, Duration::from_secs(2)),
        };
        Self {
            location,
            readers,
            writers: 8,
            busy_timeout,
            invalidate: None,
            limits: Limits::default(),
        }
    }

    fn invalidation(&self) -> Arc<dyn Invalidate> {
        self.invalidate
            .clone()
            .unwrap_or_else(|| Arc::new(NoCaches))
    }
}

impl std::fmt::Debug for DatabaseConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DatabaseConfig")
            .field("location", &self.location)
            .field("readers", &self.readers)
            .field("writers", &self.writers)
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

/// Whether an update may share its transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sharing {
    /// It locks no rows but those of its key, and waits for none of others by
    /// a unique key.
    Allowed,
    /// It may.
    Forbidden,
}

/// A handle to the database, cheap to clone. The last one that is dropped
/// shuts it down.
#[derive(Clone)]
pub struct Database {
    shared: Arc<Shared>,
}

struct Shared {
    engine: Box<dyn Engine>,
    /// After this time a caller is told that the database does not answer.
    /// `None` where the database is a file, whose locks have timeouts.
    patience: Option<Duration>,
}

struct NoCaches;

impl Invalidate for NoCaches {
    fn invalidate(&self, _: &[crate::cache::protocol::CacheKey]) {}

    fn confirm(&self, _: Instant) {}
}

impl Database {
    /// Opens the database (a file is created if need be) and starts the
    /// threads. Does not migrate: see [`migrations::migrate`].
    pub fn open(config: &DatabaseConfig) -> Result<Self, OpenError> {
        let (engine, patience): (Box<dyn Engine>, _) = match &config.location {
            Location::File(path) => (Box::new(SqliteEngine::start(path, config)?), None),
            Location::Postgres(url) => (
                Box::new(PostgresEngine::start(url, config)?),
                Some(config.limits.longest_wait + GRACE),
            ),
        };
        Ok(Self {
            shared: Arc::new(Shared { engine, patience }),
        })
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
        self.shared.engine.read(Box::new(job))?;
        answer(outcome, self.shared.patience).await
    }

    /// Lookups of the kind that `find` answers, for [`Database::look_up`].
    pub(crate) fn lookups<K, V>(&self, find: Find<K, V>) -> Lookups<K, V>
    where
        K: Send + 'static,
        V: Send + 'static,
    {
        Lookups::new(self.shared.engine.lookups_at_once(), find)
    }

    /// Looks a key up, with others that wait at the same time.
    ///
    /// `Unavailable` as for [`Database::read`].
    pub(crate) async fn look_up<K, V>(
        &self,
        lookups: &Lookups<K, V>,
        key: K,
    ) -> Result<V, StoreError>
    where
        K: Send + 'static,
        V: Send + 'static,
    {
        let (ticket, outcome) = Ticket::new();
        self.shared.engine.look_up(lookups.enter(key, ticket))?;
        answer(outcome, self.shared.patience).await
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
    /// panicked, the database does not answer, or COMMIT failed; after the last
    /// two it may have been written.
    pub async fn write<T, F>(&self, job: F) -> Result<T, StoreError>
    where
        F: Fn(&mut Tx<'_>) -> Result<T, JobError> + Send + 'static,
        T: Send + 'static,
    {
        self.run_write(job, Lane::Interactive).await
    }

    /// Updates of what `find` finds for a key, for [`Database::update`].
    pub(crate) fn updates<K, V>(&self, find: Find<K, V>) -> Updates<K, V>
    where
        K: Ord + Clone + Send + 'static,
        V: Send + 'static,
    {
        Updates::new(self.shared.engine.updates_at_once(), find)
    }

    /// [`Database::write`] for a job that changes what is found under a key,
    /// and answers with what is found then. With `Sharing::Allowed` it may
    /// share its transaction with those of other keys.
    pub(crate) async fn update<K, V, F>(
        &self,
        updates: &Updates<K, V>,
        key: K,
        sharing: Sharing,
        change: F,
    ) -> Result<V, StoreError>
    where
        K: Ord + Clone + Send + 'static,
        V: Send + 'static,
        F: Fn(&mut Tx<'_>) -> Result<(), JobError> + Send + 'static,
    {
        let (ticket, outcome) = Ticket::new();
        let engine = &self.shared.engine;
        let change = Box::new(change);
        match sharing {
            Sharing::Allowed => {
                updates.enter(key, change, ticket, |job| engine.write(Lane::Updates, job))?;
            }
            Sharing::Forbidden => {
                engine.write(Lane::Interactive, updates.alone(key, change, ticket))?;
            }
        }
        answer(outcome, self.shared.patience).await
    }

    /// [`Database::write`] for work that nobody waits for: at most one such job
    /// goes with each group of interactive ones.
    pub async fn write_background<T, F>(&self, job: F) -> Result<T, StoreError>
    where
        F: Fn(&mut Tx<'_>) -> Result<T, JobError> + Send + 'static,
        T: Send + 'static,
    {
        self.run_write(job, Lane::Background).await
    }

    async fn run_write<T, F>(&self, job: F, lane: Lane) -> Result<T, StoreError>
    where
        F: Fn(&mut Tx<'_>) -> Result<T, JobError> + Send + 'static,
        T: Send + 'static,
    {
        let (ticket, outcome) = Ticket::new();
        let patience = match lane {
            Lane::Interactive | Lane::Updates => self.shared.patience,
            Lane::Background => None,
        };
        let job = Box::new(WriteJob::new(job, ticket));
        self.shared.engine.write(lane, job)?;
        answer(outcome, patience).await
    }

    /// Empties the write-ahead log of `SQLite`, so that nothing deleted is left
    /// in it. `PostgreSQL` recycles its log by itself.
    ///
    /// `Unavailable` when a long read, perhaps of another process, prevents it
    /// for more than 2 s.
    pub async fn truncate_wal(&self) -> Result<(), StoreError> {
        let (ticket, outcome) = Ticket::new();
        self.shared.engine.truncate_log(ticket)?;
        answer(outcome, None).await
    }

    /// Whether writes work, as far as known. On `SQLite` `false` from a failed
    /// COMMIT until a probe write succeeded, which the writer tries every
    /// 100 ms; on `PostgreSQL` while the server does not answer.
    pub fn is_ready(&self) -> bool {
        self.shared.engine.is_ready()
    }

    /// Refuses new jobs, serves those that are queued, empties the write-ahead
    /// log and ends the threads.
    pub async fn shutdown(&self) {
        let shared = Arc::clone(&self.shared);
        // It fails only when the runtime is going down itself; dropping the
        // last handle then does the rest.
        let _ = tokio::task::spawn_blocking(move || shared.engine.stop()).await;
    }
}

async fn answer<T>(
    outcome: oneshot::Receiver<Result<T, StoreError>>,
    patience: Option<Duration>,
) -> Result<T, StoreError> {
    let outcome = match patience {
        None => outcome.await,
        Some(patience) => match timeout(patience, outcome).await {
            Ok(outcome) => outcome,
            Err(_) => return Err(StoreError::unavailable("the database does not answer")),
        },
    };
    outcome.unwrap_or_else(|_| {
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
