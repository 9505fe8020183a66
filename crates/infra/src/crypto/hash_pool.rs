//! The threads that hash passwords.
//!
//! A thread is the permit: whatever becomes of a request, no more hashes run
//! than there are threads.

use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use std::{fmt, io, thread};

use tokio::sync::oneshot;

/// How much a hashing thread yields to the threads that serve requests.
#[cfg(target_os = "linux")]
const NICENESS: i32 = 10;
/// A job waits at least this long before it is refused …
const SHORTEST_PATIENCE: Duration = Duration::from_secs(2);
/// … and at least so many hashes long (DESIGN.md section 4).
const PATIENCE_IN_HASHES: u32 = 10;
/// Bounds of each queue, whatever the hashes cost.
const MOST_WAITING: usize = 4096;
/// Weight of the newest hash in the running mean of their times: 1 in 8.
const SMOOTHING: u32 = 8;

/// Who waits for a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Priority {
    /// A person: refused rather than let wait too long.
    Interactive,
    /// Nobody: starts only when no interactive job waits.
    Later,
}

/// Why a job was not carried out.
#[derive(Debug)]
pub(super) enum PoolError {
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
pub(super) struct HashPool {
    shared: Arc<Shared>,
}

struct Shared {
    state: Mutex<State>,
    work: Condvar,
    permits: u32,
    counters: Arc<HashCounters>,
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
    fn run(self: Box<Self>);
}

struct Task<F, T> {
    work: F,
    answer: oneshot::Sender<thread::Result<T>>,
}

impl<T: Send, F: FnOnce() -> T + Send> Job for Task<F, T> {
    fn is_abandoned(&self) -> bool {
        self.answer.is_closed()
    }

    fn run(self: Box<Self>) {
        let outcome = catch_unwind(AssertUnwindSafe(self.work));
        // The one who asked may have gone meanwhile.
        let _ = self.answer.send(outcome);
    }
}

impl HashPool {
    /// Starts `permits` threads; `estimate` is the expected time of a job,
    /// used until jobs have been measured.
    pub(super) fn new(permits: NonZeroUsize, estimate: Duration) -> io::Result<Self> {
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
        });
        let pool = Self { shared };
        for number in 0..permits.get() {
            let shared = Arc::clone(&pool.shared);
            thread::Builder::new()
                .name(format!("hash-{number}"))
                .spawn(move || shared.serve())?;
        }
        Ok(pool)
    }

    /// Carries out `work` on a thread of the pool. When the returned future is
    /// dropped before the work has started, it never starts.
    pub(super) async fn run<T: Send + 'static>(
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
        match outcome {
            Ok(outcome) => outcome.map_err(|_| PoolError::Panicked),
            // The job was dropped unstarted: it had waited too long.
            Err(_) => {
                self.shared.counters.refused.fetch_add(1, Ordering::Relaxed);
                Err(PoolError::Overloaded)
            }
        }
    }

    /// What the threads have done.
    pub(super) fn counters(&self) -> Arc<HashCounters> {
        Arc::clone(&self.shared.counters)
    }

    fn enqueue(&self, priority: Priority, job: Box<dyn Job>) -> Result<(), PoolError> {
        let mut state = self.shared.lock();
        let capacity = match priority {
            Priority::Interactive => state.capacity(self.shared.permits),
            Priority::Later => MOST_WAITING,
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

impl Drop for HashPool {
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

impl fmt::Debug for HashPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HashPool")
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
            self.counters.begin();
            job.run();
            self.counters.end();
            self.lock().measure(start.elapsed());
        }
    }

    fn next(&self) -> Option<Box<dyn Job>> {
        let mut state = self.lock();
        loop {
            if state.closed {
                return None;
            }
            if let Some(job) = state.take() {
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
    fn patience(&self) -> Duration {
        SHORTEST_PATIENCE.max(self.mean * PATIENCE_IN_HASHES)
    }

    /// How many interactive jobs may wait so that the last of them is still
    /// expected to start in time.
    fn capacity(&self, permits: u32) -> usize {
        let jobs = self.patience().as_nanos() * u128::from(permits) / self.mean.as_nanos();
        usize::try_from(jobs)
            .unwrap_or(MOST_WAITING)
            .min(MOST_WAITING)
    }

    fn measure(&mut self, time: Duration) {
        let mean = (self.mean * (SMOOTHING - 1) + time) / SMOOTHING;
        self.mean = mean.max(Duration::from_micros(1));
    }

    /// The next job that is still worth starting.
    fn take(&mut self) -> Option<Box<dyn Job>> {
        let patience = self.patience();
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
#[path = "hash_pool_tests.rs"]
mod tests;
