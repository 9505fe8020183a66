//! What each thread writes down by itself, under a lock that only a collector
//! ever contends for: log lines that wait to be written, and counts.

use std::cell::RefCell;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::lines::Lines;
use super::requests::Requests;

/// One thread's share.
#[derive(Debug, Default)]
pub(super) struct Shard {
    /// Log lines.
    pub(super) lines: Lines,
    /// Counts of answered requests.
    pub(super) requests: Requests,
}

/// The shares of all threads, also of those that have ended.
#[derive(Debug)]
pub(super) struct Shards {
    id: u64,
    all: Mutex<Vec<Arc<Mutex<Shard>>>>,
}

static NEXT_ID: AtomicU64 = AtomicU64::new(0);

thread_local! {
    /// This thread's share, and of which [`Shards`]: tests have several.
    static OWN: RefCell<Option<(u64, Arc<Mutex<Shard>>)>> = const { RefCell::new(None) };
}

impl Shards {
    pub(super) fn new() -> Self {
        Self {
            id: NEXT_ID.fetch_add(1, Ordering::Relaxed),
            all: Mutex::default(),
        }
    }

    /// Lets `act` at the share of the calling thread. `act` must not log.
    pub(super) fn own<T>(&self, mut act: impl FnMut(&mut Shard) -> T) -> T {
        OWN.try_with(|own| {
            let mut own = own.borrow_mut();
            let (_, shard) = match own.as_mut().filter(|(id, _)| *id == self.id) {
                Some(own) => own,
                None => own.insert((self.id, self.add())),
            };
            act(&mut lock(shard))
        })
        // A thread that is ending has lost its share, and gets one more.
        .unwrap_or_else(|_| act(&mut lock(&self.add())))
    }

    fn add(&self) -> Arc<Mutex<Shard>> {
        let shard = Arc::new(Mutex::new(Shard::default()));
        let mut all = lock(&self.all);
        // The shares of threads that have ended are merged into one, so that
        // threads that come and go leave nothing behind.
        let mut ended: Option<Arc<Mutex<Shard>>> = None;
        all.retain(|shard| {
            if Arc::strong_count(shard) > 1 {
                return true;
            }
            match &ended {
                None => {
                    ended = Some(Arc::clone(shard));
                    true
                }
                Some(ended) => {
                    lock(ended).absorb(&mut lock(shard));
                    false
                }
            }
        });
        all.push(Arc::clone(&shard));
        shard
    }

    /// Lets `act` at each share in turn.
    pub(super) fn each(&self, mut act: impl FnMut(&mut Shard)) {
        // Not held while `act` runs: threads that start must not wait for it.
        let all = lock(&self.all).clone();
        for shard in all {
            act(&mut lock(&shard));
        }
    }
}

impl Shard {
    fn absorb(&mut self, other: &mut Self) {
        self.lines.absorb(&mut other.lines);
        self.requests.absorb(&other.requests);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
