//! Jobs: closures on their way to the thread that owns a connection, and the
//! way back of their answers.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;
use vestibule_domain::kernel::StoreError;

use super::dialect::Conn;
use super::error::JobError;
use crate::cache::protocol::CacheKey;

/// A write job's view of its transaction.
#[expect(missing_debug_implementations, reason = "Conn has none")]
pub struct Tx<'a> {
    /// The connection, inside the job's savepoint.
    pub conn: &'a mut Conn,
    touched: &'a mut Vec<CacheKey>,
}

impl<'a> Tx<'a> {
    pub(super) const fn new(conn: &'a mut Conn, touched: &'a mut Vec<CacheKey>) -> Self {
        Self { conn, touched }
    }

    /// Declares that this job changes what is cached under `key`. The writer
    /// removes it after COMMIT, before the job is answered.
    pub fn touch(&mut self, key: CacheKey) {
        self.touched.push(key);
    }
}

/// Whether a queued job is still worth starting.
pub(super) enum Admission {
    Start,
    /// Nobody waits for the answer.
    Abandoned,
    /// The caller waited longer than it should have to.
    TooLate,
}

/// The caller's end of a job.
pub(super) struct Ticket<T> {
    queued_at: Instant,
    answer: oneshot::Sender<Result<T, StoreError>>,
}

impl<T> Ticket<T> {
    pub(super) fn new() -> (Self, oneshot::Receiver<Result<T, StoreError>>) {
        let (answer, receiver) = oneshot::channel();
        let queued_at = Instant::now();
        (Self { queued_at, answer }, receiver)
    }

    /// When the caller has waited for too long.
    pub(super) fn deadline(&self, longest_wait: Duration) -> Instant {
        self.queued_at + longest_wait
    }

    pub(super) fn admission(&self, longest_wait: Duration) -> Admission {
        if self.answer.is_closed() {
            Admission::Abandoned
        } else if self.queued_at.elapsed() > longest_wait {
            Admission::TooLate
        } else {
            Admission::Start
        }
    }

    /// Answers. A caller who has gone loses the answer, never the write.
    pub(super) fn answer(self, outcome: Result<T, StoreError>) {
        let _ = self.answer.send(outcome);
    }
}

/// The answer to a job that was not started in time.
pub(super) fn too_late() -> StoreError {
    StoreError::unavailable("the job waited too long in the queue")
}

pub(super) fn panicked(panic: &(dyn Any + Send)) -> StoreError {
    let text = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message");
    tracing::error!(panic = text, "a database job panicked");
    StoreError::unavailable(format!("the job panicked: {text}"))
}

/// A read job without its types.
pub(super) trait ReadWork: Send {
    fn admission(&self, longest_wait: Duration) -> Admission;

    fn deadline(&self, longest_wait: Duration) -> Instant;

    /// Runs the job and answers it; whether the connection is sound after it.
    fn run(self: Box<Self>, conn: &mut Conn) -> bool;

    /// Answers without having run.
    fn refuse(self: Box<Self>, error: StoreError);
}

pub(super) struct ReadJob<T, F> {
    pub(super) job: F,
    pub(super) snapshot: bool,
    pub(super) ticket: Ticket<T>,
}

impl<T, F> ReadWork for ReadJob<T, F>
where
    T: Send,
    F: FnOnce(&mut Conn) -> Result<T, JobError> + Send,
{
    fn admission(&self, longest_wait: Duration) -> Admission {
        self.ticket.admission(longest_wait)
    }

    fn deadline(&self, longest_wait: Duration) -> Instant {
        self.ticket.deadline(longest_wait)
    }

    fn run(self: Box<Self>, conn: &mut Conn) -> bool {
        let Self {
            job,
            snapshot,
            ticket,
        } = *self;
        let run = || {
            if !snapshot {
                let result = job(conn);
                return (result, matches!(conn.depth(), Ok(0)));
            }
            if let Err(error) = conn.begin_snapshot() {
                return (Err(error.into()), false);
            }
            let result = job(conn);
            let ended = match result {
                Ok(_) => conn.commit(),
                Err(_) => conn.rollback(),
            };
            (result, ended.is_ok() && matches!(conn.depth(), Ok(0)))
        };
        let (result, sound) = catch_unwind(AssertUnwindSafe(run)).map_or_else(
            |panic| (Err(panicked(&*panic)), false),
            |(result, sound)| (result.map_err(StoreError::from), sound),
        );
        ticket.answer(result);
        sound
    }

    fn refuse(self: Box<Self>, error: StoreError) {
        self.ticket.answer(Err(error));
    }
}

/// How a run of a write job ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ran {
    /// It may be committed.
    Done,
    /// It must be rolled back.
    Failed,
    /// It must be rolled back; another run may succeed.
    Again,
    /// The same, and it says so itself: somebody else has got further by it.
    Overtaken,
}

/// Runs a part of a job, and says what its end means for the transaction.
pub(super) fn run<T>(part: impl FnOnce() -> Result<T, JobError>) -> (Ran, Result<T, StoreError>) {
    match catch_unwind(AssertUnwindSafe(part)) {
        Ok(Ok(value)) => (Ran::Done, Ok(value)),
        Ok(Err(error @ JobError::Overtaken)) => (Ran::Overtaken, Err(error.into())),
        Ok(Err(error)) if error.is_transient() => (Ran::Again, Err(error.into())),
        Ok(Err(error)) => (Ran::Failed, Err(error.into())),
        Err(panic) => (Ran::Failed, Err(panicked(&*panic))),
    }
}

/// A write job without its types. It keeps its result until the writer knows
/// what became of the transaction.
pub(super) trait WriteWork: Send {
    fn admission(&mut self, longest_wait: Duration) -> Admission;

    fn deadline(&self, longest_wait: Duration) -> Instant;

    /// Runs the job, again if need be.
    fn run(&mut self, conn: &mut Conn) -> Ran;

    /// Replaces the result by a failure.
    fn fail(&mut self, error: StoreError);

    /// What the job touched, if it succeeded.
    fn touched(&self) -> Vec<CacheKey>;

    /// How many jobs it is made of.
    fn parts(&self) -> usize {
        1
    }

    /// The jobs of several that it is made of, to be run each by itself.
    fn split(&mut self) -> Vec<Box<dyn WriteWork>> {
        Vec::new()
    }

    /// Gives the result to the caller.
    fn answer(self: Box<Self>);
}

/// Answers a write job with an error.
pub(super) fn refuse(mut work: Box<dyn WriteWork>, error: StoreError) {
    work.fail(error);
    work.answer();
}

pub(super) struct WriteJob<T, F> {
    job: F,
    ticket: Ticket<T>,
    result: Option<Result<T, StoreError>>,
    touched: Vec<CacheKey>,
}

impl<T, F> WriteJob<T, F> {
    pub(super) const fn new(job: F, ticket: Ticket<T>) -> Self {
        Self {
            job,
            ticket,
            result: None,
            touched: Vec::new(),
        }
    }
}

impl<T, F> WriteWork for WriteJob<T, F>
where
    T: Send,
    F: Fn(&mut Tx<'_>) -> Result<T, JobError> + Send,
{
    fn admission(&mut self, longest_wait: Duration) -> Admission {
        self.ticket.admission(longest_wait)
    }

    fn deadline(&self, longest_wait: Duration) -> Instant {
        self.ticket.deadline(longest_wait)
    }

    fn run(&mut self, conn: &mut Conn) -> Ran {
        self.touched.clear();
        let mut tx = Tx::new(conn, &mut self.touched);
        let (ran, result) = run(|| (self.job)(&mut tx));
        self.result = Some(result);
        ran
    }

    fn fail(&mut self, error: StoreError) {
        self.result = Some(Err(error));
    }

    fn touched(&self) -> Vec<CacheKey> {
        match self.result {
            Some(Ok(_)) => self.touched.clone(),
            _ => Vec::new(),
        }
    }

    fn answer(self: Box<Self>) {
        let Self { ticket, result, .. } = *self;
        if let Some(result) = result {
            ticket.answer(result);
        }
    }
}
