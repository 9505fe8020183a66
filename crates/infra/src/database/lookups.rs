//! Lookups that wait together and are answered together.
//!
//! A statement costs `PostgreSQL` several times what one more row of it does,
//! and each round trip wakes three threads. So a thread that becomes free asks
//! for all that has piled up meanwhile. Nothing waits for others to come: a
//! lookup that is alone goes alone.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use vestibule_domain::kernel::StoreError;

use super::dialect::Conn;
use super::error::JobError;
use super::job::{Admission, ReadWork, Ticket, panicked, too_late};

/// What is found for each of the keys, in their order. It runs outside of a
/// transaction, so each statement sees the database as it is by then.
pub(crate) type Find<K, V> = fn(&mut Conn, &[K]) -> Result<Vec<Result<V, StoreError>>, JobError>;

/// Lookups of one kind.
pub(crate) struct Lookups<K, V> {
    shared: Arc<Shared<K, V, (K, Ticket<V>)>>,
}

/// Those who wait, and what is found for up to `at_once` of them together.
pub(super) struct Shared<K, V, W> {
    pub(super) find: Find<K, V>,
    pub(super) at_once: usize,
    waiting: Mutex<VecDeque<W>>,
}

impl<K: Send + 'static, V: Send + 'static> Lookups<K, V> {
    /// Lookups of which `find` answers up to `at_once` together.
    pub(super) fn new(at_once: usize, find: Find<K, V>) -> Self {
        let shared = Shared::new(at_once, find);
        Self { shared }
    }

    /// Has `key` wait; the job is to be queued. It need not be the one that
    /// answers: each takes whoever has waited longest.
    pub(super) fn enter(&self, key: K, ticket: Ticket<V>) -> Box<dyn ReadWork> {
        self.shared.waiting().push_back((key, ticket));
        Box::new(LookupJob(Arc::clone(&self.shared)))
    }
}

impl<K, V> Clone for Lookups<K, V> {
    fn clone(&self) -> Self {
        let shared = Arc::clone(&self.shared);
        Self { shared }
    }
}

impl<K, V, W> Shared<K, V, W> {
    pub(super) fn new(at_once: usize, find: Find<K, V>) -> Arc<Self> {
        Arc::new(Self {
            find,
            at_once,
            waiting: Mutex::default(),
        })
    }

    pub(super) fn waiting(&self) -> MutexGuard<'_, VecDeque<W>> {
        // No code of others runs under this lock.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct LookupJob<K, V>(Arc<Shared<K, V, (K, Ticket<V>)>>);

impl<K: Send, V: Send> ReadWork for LookupJob<K, V> {
    /// Of whoever has waited longest, once those are gone that wait in vain.
    fn admission(&self, longest_wait: Duration) -> Admission {
        let mut waiting = self.0.waiting();
        while let Some((_, ticket)) = waiting.front() {
            match ticket.admission(longest_wait) {
                Admission::Start => return Admission::Start,
                Admission::Abandoned => {
                    waiting.pop_front();
                }
                Admission::TooLate => {
                    if let Some((_, ticket)) = waiting.pop_front() {
                        ticket.answer(Err(too_late()));
                    }
                }
            }
        }
        Admission::Abandoned
    }

    fn deadline(&self, longest_wait: Duration) -> Instant {
        self.0
            .waiting()
            .front()
            .map_or_else(Instant::now, |(_, ticket)| ticket.deadline(longest_wait))
    }

    fn run(self: Box<Self>, conn: &mut Conn) -> bool {
        let Shared { find, at_once, .. } = &*self.0;
        let (keys, tickets): (Vec<K>, Vec<_>) = {
            let mut waiting = self.0.waiting();
            let taken = waiting.len().min(*at_once);
            waiting.drain(..taken).unzip()
        };
        if keys.is_empty() {
            return true;
        }
        let run = || (find(conn, &keys), matches!(conn.depth(), Ok(0)));
        let (found, sound) = catch_unwind(AssertUnwindSafe(run)).map_or_else(
            |panic| (Err(panicked(&*panic)), false),
            |(found, sound)| (found.map_err(StoreError::from), sound),
        );
        match found {
            Ok(found) => {
                for (ticket, found) in tickets.into_iter().zip(found) {
                    ticket.answer(found);
                }
            }
            Err(error) => {
                let reason = error.to_string();
                for ticket in tickets {
                    ticket.answer(Err(StoreError::unavailable(reason.clone())));
                }
            }
        }
        sound
    }

    /// One job, one refusal: the others have jobs of their own.
    fn refuse(self: Box<Self>, error: StoreError) {
        let front = self.0.waiting().pop_front();
        if let Some((_, ticket)) = front {
            ticket.answer(Err(error));
        }
    }
}
