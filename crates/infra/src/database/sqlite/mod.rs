//! `SQLite`: one writer thread with group commit, and reader threads.

mod checkpoint;
mod lock;
pub(super) mod opener;
mod reader;
mod writer;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use vestibule_domain::kernel::StoreError;

use super::engine::{Engine, Lane, Threads};
use super::job::{ReadWork, Ticket, WriteWork};
use super::queue::Queue;
use super::{DatabaseConfig, OpenError};
pub use lock::DataFolderLock;
use opener::{Opener, Role};
use reader::{ReadQueue, Reader};
use writer::{BACKGROUND, INTERACTIVE, Request, TRUNCATIONS, WriteQueue, Writer};

/// Truncations of the write-ahead log that may wait.
const TRUNCATION_QUEUE: usize = 64;

/// The threads on one file.
pub(super) struct SqliteEngine {
    reads: Arc<ReadQueue>,
    writes: Arc<WriteQueue>,
    ready: Arc<AtomicBool>,
    threads: Threads,
}

impl SqliteEngine {
    pub(super) fn start(path: &Path, config: &DatabaseConfig) -> Result<Self, OpenError> {
        let limits = config.limits;
        let opener = Opener::new(path, config.busy_timeout)?;
        let engine = Self {
            reads: Arc::new(Queue::new("read", [limits.read_queue])),
            writes: Arc::new(Queue::new(
                "write",
                [
                    limits.write_queue,
                    limits.background_queue,
                    TRUNCATION_QUEUE,
                ],
            )),
            ready: Arc::new(AtomicBool::new(false)),
            threads: Threads::default(),
        };
        // The writer first: it puts a new file into WAL mode.
        let writer = Writer::new(
            Arc::clone(&engine.writes),
            opener.clone(),
            limits,
            config.invalidation(),
            Arc::clone(&engine.ready),
        )?;
        engine
            .threads
            .start("vestibule-writer", move || writer.run())?;
        for _ in 0..config.readers.max(1) {
            let reader = Reader {
                queue: Arc::clone(&engine.reads),
                longest_wait: limits.longest_wait,
                conn: Some(opener.open(Role::Reader)?),
                opener: opener.clone(),
            };
            engine
                .threads
                .start("vestibule-reader", move || reader.run())?;
        }
        Ok(engine)
    }
}

impl Engine for SqliteEngine {
    fn read(&self, work: Box<dyn ReadWork>) -> Result<(), StoreError> {
        self.reads.push(0, work)
    }

    fn look_up(&self, work: Box<dyn ReadWork>) -> Result<(), StoreError> {
        self.read(work)
    }

    /// A statement costs no round trip, and what one thread has not taken
    /// another can.
    fn lookups_at_once(&self) -> usize {
        1
    }

    /// Its writer groups all that waits, each in a savepoint of its own.
    fn updates_at_once(&self) -> usize {
        1
    }

    fn write(&self, lane: Lane, work: Box<dyn WriteWork>) -> Result<(), StoreError> {
        let lane = match lane {
            Lane::Interactive | Lane::Updates => INTERACTIVE,
            Lane::Background => BACKGROUND,
        };
        self.writes.push(lane, Request::Job(work))
    }

    fn truncate_log(&self, ticket: Ticket<()>) -> Result<(), StoreError> {
        self.writes.push(TRUNCATIONS, Request::TruncateWal(ticket))
    }

    fn is_ready(&self) -> bool {
        self.ready.load(Ordering::Acquire)
    }

    fn stop(&self) {
        self.writes.close();
        self.reads.close();
        self.threads.join();
    }
}

impl Drop for SqliteEngine {
    fn drop(&mut self) {
        self.stop();
    }
}
