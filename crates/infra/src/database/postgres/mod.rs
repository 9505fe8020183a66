//! `PostgreSQL`: threads that read, threads that write, a pool of connections
//! that they share, and the link to the other instances.

mod link;
mod pool;
mod url;
mod worker;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use vestibule_domain::kernel::StoreError;

use super::engine::{Engine, Lane, Threads};
use super::job::{ReadWork, Ticket, WriteWork};
use super::queue::Queue;
use super::{DatabaseConfig, OpenError};
use link::{Link, LinkQueue};
pub(super) use pool::Connector;
use pool::Pool;
pub use url::PostgresUrl;
use worker::{ReadQueue, Reader, WriteQueue, Writer};

/// Changes that may wait to be told to the other instances: more than there
/// can be requests.
const LINK_QUEUE: usize = 65_536;

/// Lookups in one statement.
const LOOKUPS_AT_ONCE: usize = 32;
/// One in so many readers is there for lookups: where all of them took some at
/// once, few would be left to share a statement.
const READERS_FOR_ONE_WITH_LOOKUPS: usize = 4;
/// Connections that writes leave to reads, whatever waits for the disk.
const FOR_READS: usize = 2;
/// One in so many writers is there for updates that share transactions, for the
/// same reason.
const WRITERS_FOR_ONE_WITH_UPDATES: usize = 4;
/// Updates in one transaction. With more, each would wait for longer than they
/// gain.
const UPDATES_AT_ONCE: usize = 8;

/// The threads on one server.
pub(super) struct PostgresEngine {
    reads: Arc<ReadQueue>,
    lookups: Arc<ReadQueue>,
    interactive: Arc<WriteQueue>,
    updates: Arc<WriteQueue>,
    background: Arc<WriteQueue>,
    link: Arc<LinkQueue>,
    ready: Arc<AtomicBool>,
    updaters: Threads,
    workers: Threads,
    linker: Threads,
}

impl PostgresEngine {
    /// Connects; then the pool opens its connections in the background.
    pub(super) fn start(url: &PostgresUrl, config: &DatabaseConfig) -> Result<Self, OpenError> {
        let limits = config.limits;
        let (readers, writers) = (config.readers.max(1), config.writers.max(1));
        let connector = Connector::new(url.clone(), config.busy_timeout);
        let engine = Self {
            reads: Arc::new(Queue::new("read", [limits.read_queue])),
            lookups: Arc::new(Queue::new("lookup", [limits.read_queue])),
            interactive: Arc::new(Queue::new("write", [limits.write_queue])),
            updates: Arc::new(Queue::new("update", [limits.write_queue])),
            background: Arc::new(Queue::new("background write", [limits.background_queue])),
            link: Arc::new(Queue::new("announcement", [LINK_QUEUE])),
            ready: Arc::new(AtomicBool::new(true)),
            updaters: Threads::default(),
            workers: Threads::default(),
            linker: Threads::default(),
        };
        let link = Link {
            queue: Arc::clone(&engine.link),
            connector: connector.clone(),
            invalidate: config.invalidation(),
            listens: config.invalidate.is_some(),
            ready: Arc::clone(&engine.ready),
            longest_wait: limits.longest_wait,
        };
        let open_line = link
            .connect()
            .map_err(|error| OpenError::Server(error.to_string()))?;
        engine
            .linker
            .start("vestibule-link", move || link.run(open_line))?;
        // A write mostly waits for the server's disk, which syncs for all that
        // wait: so writes also use the connections that nobody reads on. One
        // more writer is for what nobody waits for.
        let writing = writers + readers.saturating_sub(FOR_READS);
        let connections = u32::try_from(readers + writers + 1).unwrap_or(u32::MAX);
        let pool = Pool::start(&connector, connections, limits.longest_wait);
        let looking_up = readers.div_ceil(READERS_FOR_ONE_WITH_LOOKUPS);
        let lanes = std::iter::repeat_n(&engine.lookups, looking_up);
        let others = std::iter::repeat_n(&engine.reads, (readers - looking_up).max(1));
        for queue in lanes.chain(others) {
            let reader = Reader {
                queue: Arc::clone(queue),
                pool: pool.clone(),
                longest_wait: limits.longest_wait,
            };
            engine
                .workers
                .start("vestibule-reader", move || reader.run())?;
        }
        let updating = writing.div_ceil(WRITERS_FOR_ONE_WITH_UPDATES);
        let updates = std::iter::repeat_n((&engine.updates, &engine.updaters), updating);
        let others = (writing - updating).max(1);
        let others = std::iter::repeat_n((&engine.interactive, &engine.workers), others);
        let background = (&engine.background, &engine.workers);
        for (queue, threads) in updates.chain(others).chain([background]) {
            let writer = Writer {
                queue: Arc::clone(queue),
                alone: Arc::clone(&engine.interactive),
                pool: pool.clone(),
                link: Arc::clone(&engine.link),
                invalidate: config.invalidation(),
                longest_wait: limits.longest_wait,
            };
            threads.start("vestibule-writer", move || writer.run())?;
        }
        Ok(engine)
    }
}

impl Engine for PostgresEngine {
    fn read(&self, work: Box<dyn ReadWork>) -> Result<(), StoreError> {
        self.reads.push(0, work)
    }

    fn look_up(&self, work: Box<dyn ReadWork>) -> Result<(), StoreError> {
        self.lookups.push(0, work)
    }

    fn lookups_at_once(&self) -> usize {
        LOOKUPS_AT_ONCE
    }

    fn updates_at_once(&self) -> usize {
        UPDATES_AT_ONCE
    }

    fn write(&self, lane: Lane, work: Box<dyn WriteWork>) -> Result<(), StoreError> {
        let queue = match lane {
            Lane::Interactive => &self.interactive,
            Lane::Updates => &self.updates,
            Lane::Background => &self.background,
        };
        queue.push(0, work)
    }

    /// The server's log is the server's.
    fn truncate_log(&self, ticket: Ticket<()>) -> Result<(), StoreError> {
        ticket.answer(Ok(()));
        Ok(())
    }

    fn is_ready(&self) -> bool {
        self.ready.load(Ordering::Acquire)
    }

    fn stop(&self) {
        // What cannot go together goes to the other writers.
        self.updates.close();
        self.updaters.join();
        self.interactive.close();
        self.background.close();
        self.reads.close();
        self.lookups.close();
        self.workers.join();
        // What the writers have committed is still announced.
        self.link.close();
        self.linker.join();
    }
}

impl Drop for PostgresEngine {
    fn drop(&mut self) {
        self.stop();
    }
}
