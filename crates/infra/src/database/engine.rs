//! What either database does for [`Database`](super::Database).

use std::io;
use std::sync::{Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use vestibule_domain::kernel::StoreError;

use super::job::{ReadWork, Ticket, WriteWork};

/// Who waits for a write.
#[derive(Debug, Clone, Copy)]
pub(super) enum Lane {
    /// A caller.
    Interactive,
    /// A caller, and the job may share its transaction.
    Updates,
    /// Nobody.
    Background,
}

/// The queues of one database, and the threads that serve them.
pub(super) trait Engine: Send + Sync {
    /// Queues a read; refuses when the queue is full or closed.
    fn read(&self, work: Box<dyn ReadWork>) -> Result<(), StoreError>;

    /// Queues a read for lookups that wait; refuses when the queue is full or
    /// closed.
    fn look_up(&self, work: Box<dyn ReadWork>) -> Result<(), StoreError>;

    /// How many lookups a statement shall answer.
    fn lookups_at_once(&self) -> usize;

    /// How many updates shall share a transaction.
    fn updates_at_once(&self) -> usize;

    /// Queues a write; refuses when the queue is full or closed.
    fn write(&self, lane: Lane, work: Box<dyn WriteWork>) -> Result<(), StoreError>;

    /// Removes what was deleted from the log of changes, as far as the
    /// database keeps one that outlives it.
    fn truncate_log(&self, ticket: Ticket<()>) -> Result<(), StoreError>;

    /// Whether writes work, as far as known.
    fn is_ready(&self) -> bool;

    /// Refuses new jobs, serves those that are queued and ends the threads.
    /// Called again, it does nothing.
    fn stop(&self);
}

/// The threads of an engine.
#[derive(Debug, Default)]
pub(super) struct Threads(Mutex<Vec<JoinHandle<()>>>);

impl Threads {
    pub(super) fn start(
        &self,
        name: &str,
        run: impl FnOnce() + Send + 'static,
    ) -> Result<(), io::Error> {
        let handle = thread::Builder::new().name(name.to_owned()).spawn(run)?;
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(handle);
        Ok(())
    }

    /// Waits until all have ended.
    pub(super) fn join(&self) {
        let threads = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        for handle in threads {
            // A job may own the last handle to the database, and no thread can
            // wait for itself.
            if handle.thread().id() != thread::current().id() {
                let _ = handle.join();
            }
        }
    }
}
