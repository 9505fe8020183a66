//! Threads of low priority for work that keeps a processor busy: hashing
//! passwords, decoding images.
//!
//! A thread is the permit: whatever becomes of a request, no more jobs run
//! than there are threads.

use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use std::{fmt, io, thread};

use tokio::sync::oneshot;

/// How much a thread of a pool yields to the threads that serve requests.
#[cfg(target_os = "linux")]
const NICENESS: i32 = 10;
/// A job waits at least as long as so many jobs take (DESIGN.md section 4).
const PATIENCE_IN_JOBS: u32 = 10;
/// Weight of the newest job in the running mean of their times: 1 in 8.
const SMOOTHING: u32 = 8;

/// How a pool is set up.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PoolSettings {
    /// What its threads are called, with a number.
    pub(crate) name: &'static str,
    /// How many jobs run at once.
    pub(crate) permits: NonZeroUsize,
    /// How long a job is expected to take, until jobs have been measured.
    pub(crate) estimate: Duration,
    /// A job waits at least this long before it is refused.
    pub(crate) patience: Duration,
    /// Bounds of each queue, whatever the jobs cost.
    pub(crate) most_waiting: usize,
}

/// Who waits for a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Priority {
    /// A person: refused rather than let wait too long.
    Interactive,
    /// Nobody: starts only when no interactive job waits.
    Later,
}

/// Why a job was not carried out.
#[derive(Debug)]
pub(crate) enum PoolError {
    /// It would have waited too long, or has.
    Overloaded,
    /// It panicked.
    Panicked,
}

/// What the threads that hash have done, for metrics.
#[derive(Debug, Default)]
pub struct HashCounters {
    running: AtomicU64,
    most: AtomicU64,
    done: AtomicU64,
    refused: AtomicU64,
}

impl HashCounters {
    /// The most that ever ran at once.
    pub fn most_at_once(&self) -> u64 {
        self.most.load(Ordering::Relaxed)
    }

    /// Those that have ended.
    pub fn done(&self) -> u64 {
        self.done.load(Ordering::Relaxed)
    }

    /// Those that would have waited too long, or have.
    pub fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }

    fn begin(&self) {
        let running = self.running.fetch_add(1, Ordering::Relaxed) + 1;
        self.most.fetch_max(running, Ordering::Relaxed);
    }

    fn end(&self) {
        self.running.fetch_sub(1, Ordering::Relaxed);
        self.done.fetch_add(1, Ordering::Relaxed);
    }
}

/// Threads of low priority that carry out jobs of about equal length.
pub(crate) struct NicePool {
    shared: Arc<Shared>,
}

struct Shared {
    state: Mutex<State>,
    work: Condvar,
    permits: u32,
    counters: Arc<HashCounters>,
    patience: Duration,
    most_waiting: usize,
}

struct State {
    interactive: VecDeque<Waiting>,
    later: VecDeque<Waiting>,
    /// Running mean of the time of a job; at first the caller's estimate.
    mean: Duration,
    closed: bool,
}

struct Waiting {
    job: Box<dyn Job>,
    since: Instant,
}

trait Job: Send {
    fn is_abandoned(&self) -> bool;
    /// Counts the job, once it is done and before anybody knows of it.
    fn run(self: Box<Self>, counters: &HashCounters);
}

struct Task<F, T> {
    work: F,
    answer: oneshot::Sender<thread::Result<T>>,
}

impl<T: Send, F: FnOnce() -> T + Send> Job for Task<F, T> {
    fn is_abandoned(&self) -> bool {
        self.answer.is_closed()
    }

    fn run(self: Box<Self>, counters: &HashCounters) {
        counters.begin();
        let outcome = catch_unwind(AssertUnwindSafe(self.work));
        counters.end();
        // The one who asked may have gone meanwhile.
        let _ = self.answer.send(outcome);
    }
}

impl NicePool {
    /// Starts the threads.
    pub(crate) fn new(settings: PoolSettings) -> io::Result<Self> {
        let PoolSettings {
            name,
            permits,
            estimate,
            patience,
            most_waiting,
        } = settings;
        let shared = Arc::new(Shared {
            state: Mutex::new(State {
                interactive: VecDeque::new(),
                later: VecDeque::new(),
                mean: estimate.max(Duration::from_micros(1)),
                closed: false,
            }),
            work: Condvar::new(),
            permits: u32::try_from(permits.get()).unwrap_or(u32::MAX),
            counters: Arc::default(),
            patience,
            most_waiting,
        });
        let pool = Self { shared };
        for number in 0..permits.get() {
            let shared = Arc::clone(&pool.shared);
            thread::Builder::new()
                .name(format!("{name}-{number}"))
                .spawn(move || shared.serve())?;
        }
        Ok(pool)
    }

    /// Carries out `work` on a thread of the pool. When the returned future is
    /// dropped before the work has started, it never starts.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        priority: Priority,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, PoolError> {
        let (answer, outcome) = oneshot::channel();
        let queued = self.enqueue(priority, Box::new(Task { work, answer }));
        let outcome = match queued {
            Ok(()) => outcome.await,
            Err(error) => {
                self.shared.counters.refused.fetch_add(1, Ordering::Relaxed);
                return Err(error);
            }
        };
        if let Ok(outcome) = outcome {
            outcome.map_err(|_| PoolError::Panicked)
        } else {
            // The job was dropped unstarted: it had waited too long.
            self.shared.counters.refused.fetch_add(1, Ordering::Relaxed);
            Err(PoolError::Overloaded)
        }
    }

    /// What the threads have done.
    pub(crate) fn counters(&self) -> Arc<HashCounters> {
        Arc::clone(&self.shared.counters)
    }

    fn enqueue(&self, priority: Priority, job: Box<dyn Job>) -> Result<(), PoolError> {
        let mut state = self.shared.lock();
        let capacity = match priority {
            Priority::Interactive => self.shared.capacity(state.mean),
            Priority::Later => self.shared.most_waiting,
        };
        let queue = match priority {
            Priority::Interactive => &mut state.interactive,
            Priority::Later => &mut state.later,
        };
        if queue.len() >= capacity {
            queue.retain(|waiting| !waiting.job.is_abandoned());
            if queue.len() >= capacity {
                return Err(PoolError::Overloaded);
            }
        }
        queue.push_back(Waiting {
            job,
            since: Instant::now(),
        });
        drop(state);
        self.shared.work.notify_one();
        Ok(())
    }
}

impl Drop for NicePool {
    /// Ends the threads after the jobs that they are at; waiting ones are dropped.
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        state.closed = true;
        state.interactive.clear();
        state.later.clear();
        drop(state);
        self.shared.work.notify_all();
    }
}

impl fmt::Debug for NicePool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NicePool")
            .field("permits", &self.shared.permits)
            .finish_non_exhaustive()
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // No code that can panic runs under the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn serve(&self) {
        // On Linux this counts for the calling thread alone; elsewhere it
        // would slow the whole process. Without the right to it nothing is lost.
        #[cfg(target_os = "linux")]
        let _ = rustix::process::nice(NICENESS);
        while let Some(job) = self.next() {
            let start = Instant::now();
            job.run(&self.counters);
            self.lock().measure(start.elapsed());
        }
    }

    fn patience(&self, mean: Duration) -> Duration {
        self.patience.max(mean * PATIENCE_IN_JOBS)
    }

    /// How many interactive jobs may wait so that the last of them is still
    /// expected to start in time.
    fn capacity(&self, mean: Duration) -> usize {
        let jobs = self.patience(mean).as_nanos() * u128::from(self.permits) / mean.as_nanos();
        usize::try_from(jobs)
            .unwrap_or(self.most_waiting)
            .min(self.most_waiting)
    }

    fn next(&self) -> Option<Box<dyn Job>> {
        let mut state = self.lock();
        loop {
            if state.closed {
                return None;
            }
            let patience = self.patience(state.mean);
            if let Some(job) = state.take(patience) {
                return Some(job);
            }
            state = self
                .work
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl State {
    fn measure(&mut self, time: Duration) {
        let mean = (self.mean * (SMOOTHING - 1) + time) / SMOOTHING;
        self.mean = mean.max(Duration::from_micros(1));
    }

    /// The next job that is still worth starting.
    fn take(&mut self, patience: Duration) -> Option<Box<dyn Job>> {
        while let Some(waiting) = self.interactive.pop_front() {
            if !waiting.job.is_abandoned() && waiting.since.elapsed() <= patience {
                return Some(waiting.job);
            }
        }
        while let Some(waiting) = self.later.pop_front() {
            if !waiting.job.is_abandoned() {
                return Some(waiting.job);
            }
        }
        None
    }
}

#[cfg(test)]
#[path = "nice_pool_tests.rs"]
mod tests;
