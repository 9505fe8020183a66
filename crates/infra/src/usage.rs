//! When sessions were used, written down some seconds later.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::future::Future;
use std::sync::{Mutex, MutexGuard, PoisonError};

use vestibule_domain::kernel::{SessionId, StoreError};
use vestibule_domain::sessions::{SessionStore, SessionUsage, SessionUse};

use crate::background::flush_until;

/// Sessions remembered between two flushes; further ones are forgotten, and
/// noted again at their next use.
const CAPACITY: usize = 50_000;
/// Sessions per write: two rows each, so that no write holds up others.
const CHUNK: usize = 250;

/// The domain's `SessionUsage`: the latest use of each session, in memory.
#[derive(Debug, Default)]
pub struct UsageBuffer {
    latest: Mutex<HashMap<SessionId, SessionUse>>,
}

impl UsageBuffer {
    /// Writes down what was noted, every few seconds until `shutdown`, and
    /// once more then.
    pub async fn run(&self, store: &dyn SessionStore, shutdown: impl Future<Output = ()>) {
        flush_until(shutdown, "uses of sessions", || self.flush(store)).await;
    }

    /// Writes down what was noted; what the store refuses is noted again.
    pub async fn flush(&self, store: &dyn SessionStore) -> Result<(), StoreError> {
        let noted = std::mem::take(&mut *self.lock());
        let uses: Vec<SessionUse> = noted.into_values().collect();
        for (number, chunk) in uses.chunks(CHUNK).enumerate() {
            if let Err(error) = store.record_use(chunk).await {
                for used in &uses[number * CHUNK..] {
                    self.note(*used);
                }
                return Err(error);
            }
        }
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<SessionId, SessionUse>> {
        self.latest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SessionUsage for UsageBuffer {
    fn note(&self, used: SessionUse) {
        let mut latest = self.lock();
        let full = latest.len() >= CAPACITY;
        match latest.entry(used.session) {
            Entry::Occupied(mut entry) => {
                if entry.get().at < used.at {
                    entry.insert(used);
                }
            }
            Entry::Vacant(entry) if !full => {
                entry.insert(used);
            }
            Entry::Vacant(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, PoisonError};

    use tokio::sync::oneshot;
    use uuid::Uuid;
    use vestibule_domain::kernel::{Timestamp, UserId};
    use vestibule_domain::sessions::MockSessionStore;

    use super::*;

    type Written = Arc<Mutex<Vec<Vec<SessionUse>>>>;

    fn used(session: u128, at: i64) -> SessionUse {
        SessionUse {
            user: UserId::from_uuid(Uuid::from_u128(1)),
            session: SessionId::from_uuid(Uuid::from_u128(session)),
            at: Timestamp::from_micros(at),
        }
    }

    /// A store that fails the first `failures` times, then keeps what it is given.
    fn store(failures: usize) -> (MockSessionStore, Written) {
        let written = Written::default();
        let mut store = MockSessionStore::new();
        let (kept, mut left) = (Arc::clone(&written), failures);
        store.expect_record_use().returning(move |uses| {
            if left > 0 {
                left -= 1;
                return Err(StoreError::unavailable("down"));
            }
            let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
            kept.push(uses.to_vec());
            Ok(())
        });
        (store, written)
    }

    fn all(written: &Written) -> Vec<SessionUse> {
        let mut all = written.lock().expect("no panic").concat();
        all.sort_by_key(|used| used.session);
        all
    }

    #[tokio::test]
    async fn the_latest_use_of_each_session_is_written_once() {
        let buffer = UsageBuffer::default();
        for used in [used(1, 10), used(2, 20), used(1, 30), used(1, 15)] {
            buffer.note(used);
        }
        let (store, written) = store(0);
        buffer.flush(&store).await.expect("written");
        buffer.flush(&store).await.expect("nothing to write");
        assert_eq!(all(&written), [used(1, 30), used(2, 20)]);
        assert_eq!(written.lock().expect("no panic").len(), 1);
    }

    #[tokio::test]
    async fn many_uses_are_written_in_chunks() {
        let buffer = UsageBuffer::default();
        for session in 0..600 {
            buffer.note(used(session, 1));
        }
        let (store, written) = store(0);
        buffer.flush(&store).await.expect("written");
        let sizes: Vec<_> = written
            .lock()
            .expect("no panic")
            .iter()
            .map(Vec::len)
            .collect();
        assert_eq!(sizes, [250, 250, 100]);
        assert_eq!(all(&written).len(), 600);
    }

    #[tokio::test]
    async fn what_the_store_refuses_is_written_later_unless_it_is_outdated() {
        let buffer = UsageBuffer::default();
        buffer.note(used(1, 10));
        let (store, written) = store(1);
        assert!(buffer.flush(&store).await.is_err());
        buffer.note(used(2, 20));
        buffer.flush(&store).await.expect("written");
        assert_eq!(all(&written), [used(1, 10), used(2, 20)]);
    }

    #[test]
    fn memory_is_bounded() {
        let buffer = UsageBuffer::default();
        for session in 0..CAPACITY as u128 + 100 {
            buffer.note(used(session, 1));
        }
        buffer.note(used(0, 2));
        let latest = buffer.lock();
        assert_eq!(latest.len(), CAPACITY);
        assert_eq!(latest[&used(0, 2).session].at, used(0, 2).at);
    }

    #[tokio::test]
    async fn the_last_uses_are_written_at_shutdown() {
        let buffer = Arc::new(UsageBuffer::default());
        let (store, written) = store(0);
        let (stop, stopped) = oneshot::channel::<()>();
        let running = {
            let buffer = Arc::clone(&buffer);
            tokio::spawn(async move {
                let shutdown = async {
                    let _ = stopped.await;
                };
                buffer.run(&store, shutdown).await;
            })
        };
        tokio::task::yield_now().await;
        buffer.note(used(1, 10));
        drop(stop);
        running.await.expect("no panic");
        assert_eq!(all(&written), [used(1, 10)]);
    }
}
