//! Adapters of all storage ports that keep everything in memory.
//!
//! One file for each file of ports in the domain. All ports share one
//! state behind one lock, so each command is atomic by itself.

mod activity;
mod addresses;
mod api_keys;
mod companies;
mod contact;
mod credentials;
mod devices;
mod erasure;
mod idempotency;
mod identities;
mod inquiries;
mod invitations;
mod maintenance;
mod members;
mod messages;
mod organizations;
mod outbox;
mod page;
mod sessions;
mod state;
mod users;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use vestibule_domain::activity::{ActivityRecord, LogEntry};
use vestibule_domain::app::Storage;
use vestibule_domain::kernel::{StoreError, Timestamp, Write};
use vestibule_domain::throttling::{BucketChange, Decision, decide};

use state::{JobRow, OnceRow, State};

/// A store in memory. Clones are handles onto the same data.
#[derive(Clone, Default)]
pub struct MemoryStorage(Arc<Shared>);

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    down: AtomicBool,
}

/// What a command did: its answer, and what the idempotency record seals;
/// without the latter the command changed nothing, and nothing is stored.
type Applied<T, A> = (T, Option<A>);

impl MemoryStorage {
    /// The bundle of port objects, all onto this data.
    pub fn storage(&self) -> Storage {
        let store = Arc::new(self.clone());
        Storage {
            users: store.clone(),
            credentials: store.clone(),
            sessions: store.clone(),
            email_changes: store.clone(),
            addresses: store.clone(),
            devices: store.clone(),
            inquiries: store.clone(),
            organizations: store.clone(),
            members: store.clone(),
            invitations: store.clone(),
            companies: store.clone(),
            api_keys: store.clone(),
            identities: store.clone(),
            once: store.clone(),
            outbox: store.clone(),
            activity: store.clone(),
            messages: store.clone(),
            erasure: store.clone(),
            maintenance: store,
        }
    }

    /// The security log, in the order in which it was written.
    pub fn security_log(&self) -> Vec<LogEntry> {
        let log = &self.lock().log;
        log.iter().map(|record| record.entry.clone()).collect()
    }

    /// Makes every port answer `Unavailable` from now on, through all handles.
    pub fn take_down(&self) {
        self.0.down.store(true, Ordering::SeqCst);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No command leaves the state half changed, so one that panicked does
        // no harm to the next.
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The state, unless the store was taken down.
    fn reach(&self) -> Result<MutexGuard<'_, State>, StoreError> {
        if self.0.down.load(Ordering::SeqCst) {
            return Err(StoreError::unavailable("the store was taken down"));
        }
        Ok(self.lock())
    }

    fn read<T>(&self, query: impl FnOnce(&State) -> T) -> Result<T, StoreError> {
        Ok(query(&*self.reach()?))
    }

    /// Carries out a command on a copy of the state, adds the envelope, and
    /// puts the copy in place: all of it happens, or nothing.
    fn write<C, A, T, E: From<StoreError>>(
        &self,
        write: Write<C, A>,
        apply: impl FnOnce(&mut State, C, Timestamp) -> Result<Applied<T, A>, E>,
    ) -> Result<T, E> {
        let Write {
            command,
            at,
            log,
            jobs,
            once,
            throttle,
        } = write;
        let mut state = self.reach()?;
        if let Some(once) = &once
            && state.live_once(once.key, at).is_some()
        {
            return Err(StoreError::Duplicate("once").into());
        }
        let mut next = state.clone();
        let decided = decide(&throttle, at, |key| state.buckets.get(&key));
        let Decision { changes, left_out } = decided.map_err(StoreError::Throttled)?;
        for BucketChange { key, bucket } in changes {
            match bucket {
                Some(bucket) => next.buckets.insert(key, bucket),
                None => next.buckets.remove(&key),
            };
        }
        let (answer, outcome) = apply(&mut next, command, at)?;
        let Some(outcome) = outcome else {
            return Ok(answer);
        };
        next.log.extend(log.into_iter().map(|entry| ActivityRecord {
            entry,
            created_at: at,
        }));
        for job in jobs.into_iter().filter(|job| !left_out.contains(&job.id)) {
            next.jobs.insert(job.id, JobRow::new(job, at));
        }
        if let Some(once) = once {
            let row = OnceRow::new(once.fingerprint, (once.seal)(&outcome), once.user, at);
            next.once.insert(once.key, row);
        }
        *state = next;
        Ok(answer)
    }
}
