//! A fresh database with two tables, a sink that notes invalidations, and
//! gates that hold a job at a point of the test's choosing.

use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::sql_types::Text;
use diesel::sqlite::SqliteConnection;
use diesel::{Connection, RunQueryDsl, sql_query};
use tempfile::TempDir;
use tokio::task::JoinHandle;
use uuid::Uuid;
use vestibule_domain::kernel::{StoreError, UserId};
use vestibule_infra::cache::protocol::{CacheKey, Invalidate};
use vestibule_infra::database::{Conn, Database, DatabaseConfig, JobError, Limits, Location, Tx};

/// Longer than anything here takes; a test that waits longer has failed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) struct Fixture {
    pub(crate) folder: TempDir,
    pub(crate) database: Database,
    pub(crate) sink: Arc<Sink>,
}

/// Limits under which jobs share a batch whatever time they take.
pub(crate) fn patient() -> Limits {
    Limits {
        batch_time: PATIENCE,
        longest_wait: PATIENCE,
        ..Limits::default()
    }
}

impl Fixture {
    pub(crate) fn new(limits: Limits) -> Self {
        Self::with(limits, 2)
    }

    pub(crate) fn with(limits: Limits, readers: usize) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let sink = Arc::new(Sink::default());
        let mut config = DatabaseConfig::new(Location::File(folder.path().join("test.db")));
        config.readers = readers;
        config.limits = limits;
        config.invalidate = Some(Arc::clone(&sink) as Arc<dyn Invalidate>);
        // Opened once before, so that the writer sees no foreign commit.
        drop(Database::open(&config).expect("a database"));
        let fixture = Self {
            database: Database::open(&config).expect("a database"),
            folder,
            sink,
        };
        fixture
            .connect()
            .batch_execute(
                "CREATE TABLE item (label TEXT NOT NULL UNIQUE);
                 CREATE TABLE parent (id INTEGER PRIMARY KEY);
                 CREATE TABLE child (
                     parent INTEGER NOT NULL REFERENCES parent DEFERRABLE INITIALLY DEFERRED
                 );",
            )
            .expect("tables");
        // The tables are a foreign commit; wait until it was noticed.
        fixture.sink.wait_for(&[CacheKey::All]);
        fixture.sink.take();
        fixture
    }

    pub(crate) fn path(&self) -> String {
        let path = self.folder.path().join("test.db");
        path.to_str().expect("UTF-8").to_owned()
    }

    pub(crate) fn connect(&self) -> SqliteConnection {
        SqliteConnection::establish(&self.path()).expect("a connection")
    }

    /// What is in the file, as another connection sees it.
    pub(crate) fn labels(&self) -> Vec<String> {
        labels(&mut self.connect()).expect("labels")
    }

    /// Queues a write before it returns.
    pub(crate) async fn spawn<T: Send + 'static>(
        &self,
        job: impl Fn(&mut Tx<'_>) -> Result<T, JobError> + Send + 'static,
    ) -> JoinHandle<Result<T, StoreError>> {
        let database = self.database.clone();
        let task = tokio::spawn(async move { database.write(job).await });
        // On the test's single thread the task runs up to its first wait.
        tokio::task::yield_now().await;
        task
    }

    /// Holds the writer in a job; what is queued until the release follows in
    /// the same batch (under [`patient`] limits).
    pub(crate) async fn hold_writer(&self) -> (Release, JoinHandle<Result<(), StoreError>>) {
        let (gate, release) = gate();
        let held = self
            .spawn(move |_| {
                gate.pass();
                Ok(())
            })
            .await;
        release.wait_until_reached();
        (release, held)
    }
}

pub(crate) fn labels(conn: &mut SqliteConnection) -> diesel::QueryResult<Vec<String>> {
    sql::<Text>("SELECT label FROM item ORDER BY label").load(conn)
}

pub(crate) fn sqlite(conn: &mut Conn) -> &mut SqliteConnection {
    match conn {
        Conn::Sqlite(conn) => conn,
        Conn::Pg(_) => unreachable!("the file is of SQLite"),
    }
}

pub(crate) fn run(tx: &mut Tx<'_>, statement: &str) -> Result<(), JobError> {
    Ok(sqlite(tx.conn).batch_execute(statement)?)
}

pub(crate) fn insert(tx: &mut Tx<'_>, label: &str) -> Result<(), JobError> {
    sql_query("INSERT INTO item (label) VALUES (?)")
        .bind::<Text, _>(label)
        .execute(sqlite(tx.conn))?;
    Ok(())
}

/// A job that inserts a label and touches the user of that number.
pub(crate) fn insert_job(
    label: &'static str,
    user: u128,
) -> impl Fn(&mut Tx<'_>) -> Result<(), JobError> + Send + 'static {
    move |tx| {
        tx.touch(key(user));
        insert(tx, label)
    }
}

pub(crate) fn key(user: u128) -> CacheKey {
    CacheKey::User(UserId::from_uuid(Uuid::from_u128(user)))
}

pub(crate) fn is_unavailable<T>(result: &Result<T, StoreError>) -> bool {
    matches!(result, Err(StoreError::Unavailable(_)))
}

/// Where a job stops until it is released. Only its first run stops: a job
/// may run again.
pub(crate) struct Gate(Mutex<Option<(mpsc::Sender<()>, mpsc::Receiver<()>)>>);

pub(crate) struct Release {
    reached: mpsc::Receiver<()>,
    release: mpsc::Sender<()>,
}

pub(crate) fn gate() -> (Gate, Release) {
    let (report, reached) = mpsc::channel();
    let (release, released) = mpsc::channel();
    (
        Gate(Mutex::new(Some((report, released)))),
        Release { reached, release },
    )
}

impl Gate {
    pub(crate) fn pass(&self) {
        let first = self.0.lock().expect("a lock").take();
        if let Some((report, released)) = first {
            report.send(()).expect("the test listens");
            // The test may also end without having released.
            let _ = released.recv_timeout(PATIENCE);
        }
    }
}

impl Release {
    pub(crate) fn wait_until_reached(&self) {
        self.reached
            .recv_timeout(PATIENCE)
            .expect("the gate is reached");
    }

    pub(crate) fn open(self) {
        drop(self.release);
    }
}

/// Notes each invalidation; one call is one batch.
#[derive(Default)]
pub(crate) struct Sink {
    calls: Mutex<Vec<Vec<CacheKey>>>,
    called: std::sync::Condvar,
    gate: Mutex<Option<Gate>>,
}

impl Sink {
    pub(crate) fn take(&self) -> Vec<Vec<CacheKey>> {
        std::mem::take(&mut *self.calls.lock().expect("a lock"))
    }

    pub(crate) fn calls_so_far(&self) -> Vec<Vec<CacheKey>> {
        self.calls.lock().expect("a lock").clone()
    }

    /// Waits for a call with exactly these keys.
    pub(crate) fn wait_for(&self, keys: &[CacheKey]) {
        let calls = self.calls.lock().expect("a lock");
        let (calls, timeout) = self
            .called
            .wait_timeout_while(calls, PATIENCE, |calls| {
                !calls.iter().any(|call| call == keys)
            })
            .expect("a lock");
        assert!(!timeout.timed_out(), "{keys:?} not in {calls:?}");
    }

    /// Stops the next invalidation at a gate.
    pub(crate) fn hold_next(&self) -> Release {
        let (gate, release) = gate();
        *self.gate.lock().expect("a lock") = Some(gate);
        release
    }
}

impl Invalidate for Sink {
    fn confirm(&self, _: std::time::Instant) {
        unreachable!("on SQLite nobody else writes");
    }

    fn invalidate(&self, keys: &[CacheKey]) {
        let gate = self.gate.lock().expect("a lock").take();
        if let Some(gate) = gate {
            gate.pass();
        }
        self.calls.lock().expect("a lock").push(keys.to_vec());
        self.called.notify_all();
    }
}
