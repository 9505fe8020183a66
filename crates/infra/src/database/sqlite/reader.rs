//! Reader threads: each owns a connection and takes jobs from one queue.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use vestibule_domain::kernel::StoreError;

use super::opener::{Opener, Role};
use crate::database::dialect::Conn;
use crate::database::job::{Admission, ReadWork, too_late};
use crate::database::queue::Queue;

pub(super) type ReadQueue = Queue<Box<dyn ReadWork>, 1>;

pub(super) struct Reader {
    pub(super) queue: Arc<ReadQueue>,
    pub(super) opener: Opener,
    pub(super) longest_wait: Duration,
    /// `None` after a job left it unsound; the next job opens another.
    pub(super) conn: Option<Conn>,
}

impl Reader {
    /// Serves until the queue is closed and empty.
    pub(super) fn run(mut self) {
        while let Some(work) = self.queue.pop(0) {
            // Jobs catch their own panics; this one is for the values they drop.
            if catch_unwind(AssertUnwindSafe(|| self.serve(work))).is_err() {
                self.conn = None;
            }
        }
    }

    fn serve(&mut self, work: Box<dyn ReadWork>) {
        match work.admission(self.longest_wait) {
            Admission::Start => {}
            Admission::Abandoned => return,
            Admission::TooLate => return work.refuse(too_late()),
        }
        let opened = match self.conn.take() {
            Some(conn) => Ok(conn),
            None => self.opener.open(Role::Reader),
        };
        match opened {
            Ok(mut conn) => {
                if work.run(&mut conn) {
                    self.conn = Some(conn);
                }
            }
            Err(error) => work.refuse(StoreError::unavailable(error)),
        }
    }
}
