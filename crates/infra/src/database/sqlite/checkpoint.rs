//! When the WAL is copied into the database file: between batches, by the
//! writer, never inside a commit that someone waits for.

use std::time::Duration;

use vestibule_domain::kernel::StoreError;

use super::opener::{self, Checkpoint, Wal};
use crate::database::dialect::Conn;
use crate::database::job::{Admission, Ticket};

/// Frames that are not yet copied, past which the writer checkpoints.
const PASSIVE_FRAMES: i32 = 1_000;

/// Frames in the WAL (64 MiB) past which a checkpoint waits for the readers,
/// so that the WAL can start from its beginning again.
const RESTART_FRAMES: i32 = 16_384;

/// How long a checkpoint may hold up the writes to wait for readers.
const PATIENCE: Duration = Duration::from_millis(50);

/// Pause before a truncation that readers prevented is tried again.
const TRUNCATION_RETRY: Duration = Duration::from_millis(10);

pub(super) struct Checkpoints {
    busy_timeout: Duration,
    longest_wait: Duration,
    /// Frames in the WAL at the last checkpoint that a reader kept from
    /// completing. Trying again before more came would cost much for nothing.
    incomplete_at: Option<i32>,
    truncations: Vec<Ticket<()>>,
}

impl Checkpoints {
    pub(super) const fn new(busy_timeout: Duration, longest_wait: Duration) -> Self {
        Self {
            busy_timeout,
            longest_wait,
            incomplete_at: None,
            truncations: Vec::new(),
        }
    }

    pub(super) fn ask_for_truncation(&mut self, ticket: Ticket<()>) {
        self.truncations.push(ticket);
    }

    /// How long the writer may sleep, where a truncation waits.
    pub(super) fn nap(&self) -> Option<Duration> {
        (!self.truncations.is_empty()).then_some(TRUNCATION_RETRY)
    }

    /// Checkpoints if it is time to.
    pub(super) fn after_batch(&mut self, conn: &mut Conn) {
        if !self.truncations.is_empty() {
            return self.truncate(conn);
        }
        let Some(wal) = self.run(conn, Checkpoint::Noop) else {
            return;
        };
        let grown = match self.incomplete_at {
            Some(frames) if frames <= wal.frames => wal.frames - frames,
            _ => wal.frames - wal.copied,
        };
        if grown < PASSIVE_FRAMES {
            return;
        }
        let mode = if wal.frames > RESTART_FRAMES {
            Checkpoint::Restart
        } else {
            Checkpoint::Passive
        };
        if let Some(wal) = self.run(conn, mode) {
            self.incomplete_at = (wal.copied < wal.frames).then_some(wal.frames);
        }
    }

    /// Empties the WAL at the end of the service, if nobody else reads.
    pub(super) fn last(&mut self, conn: &mut Conn) {
        self.truncate(conn);
        for ticket in self.truncations.drain(..) {
            ticket.answer(Err(StoreError::unavailable("the database is closing")));
        }
    }

    fn truncate(&mut self, conn: &mut Conn) {
        let done = self
            .run(conn, Checkpoint::Truncate)
            .is_some_and(|wal| !wal.busy);
        if done {
            self.incomplete_at = None;
            for ticket in self.truncations.drain(..) {
                ticket.answer(Ok(()));
            }
            return;
        }
        let longest_wait = self.longest_wait;
        for ticket in self.truncations.extract_if(.., |ticket| {
            !matches!(ticket.admission(longest_wait), Admission::Start)
        }) {
            ticket.answer(Err(StoreError::unavailable(
                "a reader keeps the write-ahead log from being truncated",
            )));
        }
    }

    /// A checkpoint that fails costs nothing but a longer WAL: whatever is
    /// wrong with the file, the next commit says so.
    fn run(&self, conn: &mut Conn, mode: Checkpoint) -> Option<Wal> {
        opener::checkpoint(conn, mode, PATIENCE, self.busy_timeout)
            .inspect_err(|error| tracing::warn!(%error, ?mode, "a checkpoint failed"))
            .ok()
    }
}
