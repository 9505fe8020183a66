//! The bounded queue between async callers and the threads that own
//! connections.
//!
//! A mutex around ring buffers: with one to three consumers a push or pop
//! costs less than the wake-up that follows, and unlike channels it has lanes,
//! a bound each, and an order to close in.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use vestibule_domain::kernel::StoreError;

/// A queue of `LANES` lanes.
pub(super) struct Queue<T, const LANES: usize> {
    name: &'static str,
    capacities: [usize; LANES],
    state: Mutex<State<T, LANES>>,
    filled: Condvar,
}

struct State<T, const LANES: usize> {
    lanes: [VecDeque<T>; LANES],
    sleepers: usize,
    closed: bool,
}

impl<T, const LANES: usize> State<T, LANES> {
    fn is_empty(&self) -> bool {
        self.lanes.iter().all(VecDeque::is_empty)
    }
}

impl<T, const LANES: usize> Queue<T, LANES> {
    pub(super) fn new(name: &'static str, capacities: [usize; LANES]) -> Self {
        Self {
            name,
            capacities,
            state: Mutex::new(State {
                lanes: capacities.map(VecDeque::with_capacity),
                sleepers: 0,
                closed: false,
            }),
            filled: Condvar::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<T, LANES>> {
        // No code of others runs under this lock, so a panic cannot have left
        // the state half-changed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Appends to a lane; refuses when the lane is full or the queue closed.
    pub(super) fn push(&self, lane: usize, item: T) -> Result<(), StoreError> {
        let mut state = self.lock();
        if state.closed {
            return Err(StoreError::unavailable(format!(
                "the {} queue is closed",
                self.name
            )));
        }
        if state.lanes[lane].len() >= self.capacities[lane] {
            return Err(StoreError::unavailable(format!(
                "the {} queue is full",
                self.name
            )));
        }
        state.lanes[lane].push_back(item);
        let wake = state.sleepers > 0;
        drop(state);
        if wake {
            self.filled.notify_one();
        }
        Ok(())
    }

    /// The next item of a lane, if there is one.
    pub(super) fn try_pop(&self, lane: usize) -> Option<T> {
        self.lock().lanes[lane].pop_front()
    }

    /// The next item of a lane; waits for it. `None` once the queue is closed
    /// and the lane empty.
    pub(super) fn pop(&self, lane: usize) -> Option<T> {
        let mut state = self.lock();
        loop {
            if let Some(item) = state.lanes[lane].pop_front() {
                return Some(item);
            }
            if state.closed {
                return None;
            }
            state.sleepers += 1;
            state = self
                .filled
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
            state.sleepers -= 1;
        }
    }

    /// Waits until a lane has an item, at most `timeout`; `false` once the
    /// queue is closed and empty.
    pub(super) fn wait(&self, timeout: Duration) -> bool {
        let mut state = self.lock();
        if state.is_empty() && !state.closed {
            state.sleepers += 1;
            (state, _) = self
                .filled
                .wait_timeout(state, timeout)
                .unwrap_or_else(PoisonError::into_inner);
            state.sleepers -= 1;
        }
        !(state.is_empty() && state.closed)
    }

    /// Refuses what comes from now on; what is queued is still served.
    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.filled.notify_all();
    }
}
