//! Updates that wait together and share a transaction.
//!
//! A commit costs `PostgreSQL` about as much as changing a row does, and each
//! round trip wakes three threads. So a thread that becomes free takes all that
//! has piled up meanwhile, changes one row after the other, and loads what they
//! have become with one statement. Nothing waits for others to come: an update
//! that is alone goes alone.

use std::sync::Arc;
use std::time::{Duration, Instant};

use vestibule_domain::kernel::StoreError;

use super::dialect::Conn;
use super::error::JobError;
use super::job::{Admission, Ran, Ticket, Tx, WriteWork, run, too_late};
use super::lookups::{Find, Shared};
use crate::cache::protocol::CacheKey;

/// Changes what is found under a key.
pub(super) type Change = Box<dyn Fn(&mut Tx<'_>) -> Result<(), JobError> + Send>;

/// Updates of one kind.
pub(crate) struct Updates<K, V> {
    shared: Arc<Shared<K, V, Update<K, V>>>,
}

struct Update<K, V> {
    key: K,
    change: Change,
    ticket: Ticket<V>,
    result: Option<Result<V, StoreError>>,
    touched: Vec<CacheKey>,
}

impl<K, V> Updates<K, V>
where
    K: Ord + Clone + Send + 'static,
    V: Send + 'static,
{
    /// Updates of which up to `at_once` share a transaction, of as many keys.
    pub(super) fn new(at_once: usize, find: Find<K, V>) -> Self {
        let shared = Shared::new(at_once, find);
        Self { shared }
    }

    /// Has the change of `key` wait, and `queue` queue the job. It need not be
    /// the one that carries it out: each takes whoever has waited longest. So
    /// nobody may take a change before it is known that its job is queued, for
    /// what is refused is not to be carried out.
    pub(super) fn enter(
        &self,
        key: K,
        change: Change,
        ticket: Ticket<V>,
        queue: impl FnOnce(Box<dyn WriteWork>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let mut waiting = self.shared.waiting();
        waiting.push_back(Update::new(key, change, ticket));
        let queued = queue(Box::new(Group {
            shared: Arc::clone(&self.shared),
            gathers: true,
            updates: Vec::new(),
        }));
        if queued.is_err() {
            waiting.pop_back();
        }
        queued
    }

    /// The same for a change that goes alone.
    pub(super) fn alone(&self, key: K, change: Change, ticket: Ticket<V>) -> Box<dyn WriteWork> {
        Box::new(Group {
            shared: Arc::clone(&self.shared),
            gathers: false,
            updates: vec![Update::new(key, change, ticket)],
        })
    }
}

impl<K, V> Clone for Updates<K, V> {
    fn clone(&self) -> Self {
        let shared = Arc::clone(&self.shared);
        Self { shared }
    }
}

impl<K, V> Update<K, V> {
    const fn new(key: K, change: Change, ticket: Ticket<V>) -> Self {
        Self {
            key,
            change,
            ticket,
            result: None,
            touched: Vec::new(),
        }
    }

    fn change(&mut self, conn: &mut Conn) -> Ran {
        self.touched.clear();
        let mut tx = Tx::new(conn, &mut self.touched);
        let (ran, result) = run(|| (self.change)(&mut tx));
        match result {
            Ok(()) if !matches!(conn.depth(), Ok(1)) => {
                self.fail("the job left a transaction open");
                Ran::Failed
            }
            Ok(()) => ran,
            Err(error) => {
                self.result = Some(Err(error));
                ran
            }
        }
    }

    fn fail(&mut self, reason: &str) {
        self.result = Some(Err(StoreError::unavailable(reason.to_owned())));
    }

    fn answer(self) {
        if let Some(result) = self.result {
            self.ticket.answer(result);
        }
    }
}

/// The updates of one transaction, in the order of their keys: of two groups
/// none then waits for what waits for it.
struct Group<K, V> {
    shared: Arc<Shared<K, V, Update<K, V>>>,
    /// Whether it still has to take those who wait.
    gathers: bool,
    updates: Vec<Update<K, V>>,
}

impl<K: Ord + Clone + Send, V: Send> Group<K, V> {
    /// Takes who has waited longest. Of two updates of one key the second
    /// stays: its answer is what it made of what the first did.
    fn gather(&mut self, longest_wait: Duration) {
        let mut waiting = self.shared.waiting();
        let mut at = 0;
        while at < waiting.len() && self.updates.len() < self.shared.at_once {
            let ticket = &waiting[at].ticket;
            let admission = ticket.admission(longest_wait);
            if matches!(admission, Admission::Start)
                && self
                    .updates
                    .iter()
                    .any(|taken| taken.key == waiting[at].key)
            {
                at += 1;
                continue;
            }
            let Some(mut update) = waiting.remove(at) else {
                break;
            };
            match admission {
                Admission::Start => self.updates.push(update),
                Admission::Abandoned => {}
                Admission::TooLate => {
                    update.result = Some(Err(too_late()));
                    update.answer();
                }
            }
        }
        drop(waiting);
        self.updates.sort_by(|one, other| one.key.cmp(&other.key));
    }
}

impl<K, V> WriteWork for Group<K, V>
where
    K: Ord + Clone + Send + 'static,
    V: Send + 'static,
{
    fn admission(&mut self, longest_wait: Duration) -> Admission {
        if std::mem::take(&mut self.gathers) {
            self.gather(longest_wait);
        }
        match &self.updates[..] {
            [] => Admission::Abandoned,
            [alone] => alone.ticket.admission(longest_wait),
            _ => Admission::Start,
        }
    }

    fn deadline(&self, longest_wait: Duration) -> Instant {
        let deadlines = self.updates.iter();
        deadlines
            .map(|update| update.ticket.deadline(longest_wait))
            .min()
            .unwrap_or_else(Instant::now)
    }

    fn run(&mut self, conn: &mut Conn) -> Ran {
        for update in &mut self.updates {
            let ran = update.change(conn);
            if ran != Ran::Done {
                return ran;
            }
        }
        let keys: Vec<_> = self
            .updates
            .iter()
            .map(|update| update.key.clone())
            .collect();
        let (mut ran, found) = run(|| (self.shared.find)(conn, &keys));
        match found {
            Ok(found) => {
                for (update, found) in self.updates.iter_mut().zip(found) {
                    if found.is_err() {
                        ran = Ran::Failed;
                    }
                    update.result = Some(found);
                }
            }
            Err(error) => self.fail(error),
        }
        ran
    }

    fn fail(&mut self, error: StoreError) {
        if let [alone] = &mut self.updates[..] {
            alone.result = Some(Err(error));
            return;
        }
        let reason = error.to_string();
        for update in &mut self.updates {
            update.fail(&reason);
        }
    }

    fn touched(&self) -> Vec<CacheKey> {
        let updates = self.updates.iter();
        updates
            .filter(|update| matches!(update.result, Some(Ok(_))))
            .flat_map(|update| &update.touched)
            .copied()
            .collect()
    }

    fn parts(&self) -> usize {
        self.updates.len()
    }

    fn split(&mut self) -> Vec<Box<dyn WriteWork>> {
        let updates = std::mem::take(&mut self.updates);
        let alone = updates.into_iter().map(|update| -> Box<dyn WriteWork> {
            Box::new(Self {
                shared: Arc::clone(&self.shared),
                gathers: false,
                updates: vec![update],
            })
        });
        alone.collect()
    }

    fn answer(self: Box<Self>) {
        for update in self.updates {
            update.answer();
        }
    }
}
