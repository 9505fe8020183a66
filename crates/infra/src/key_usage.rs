//! Uses of API keys, counted in memory and written down some seconds later.

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Mutex, MutexGuard, PoisonError};

use vestibule_domain::api_keys::{ApiKeyStore, KeyUsage, KeyUse, KeyUseCount};
use vestibule_domain::kernel::{ApiKeyId, Day, StoreError};

use crate::background::flush_until;

/// Keys and days that are counted between two flushes; what goes beyond is
/// forgotten.
const CAPACITY: usize = 50_000;
/// Keys per write: two rows each, so that no write holds up others.
const CHUNK: usize = 250;

type Counts = HashMap<(ApiKeyId, Day), KeyUseCount>;

/// The domain's `KeyUsage`: counts of each key and day, in memory.
#[derive(Debug, Default)]
pub struct KeyUsageBuffer {
    counts: Mutex<Counts>,
}

impl KeyUsageBuffer {
    /// Writes down what was counted, every few seconds until `shutdown`, and
    /// once more then.
    pub async fn run(&self, store: &dyn ApiKeyStore, shutdown: impl Future<Output = ()>) {
        flush_until(shutdown, "uses of keys", || self.flush(store)).await;
    }

    /// Writes down what was counted; what the store refuses is counted again.
    pub async fn flush(&self, store: &dyn ApiKeyStore) -> Result<(), StoreError> {
        let counted = std::mem::take(&mut *self.lock());
        let counts: Vec<KeyUseCount> = counted.into_values().collect();
        for (number, chunk) in counts.chunks(CHUNK).enumerate() {
            if let Err(error) = store.record_use(chunk).await {
                let mut kept = self.lock();
                for count in &counts[number * CHUNK..] {
                    add(&mut kept, *count);
                }
                return Err(error);
            }
        }
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn add(counts: &mut Counts, new: KeyUseCount) {
    let full = counts.len() >= CAPACITY;
    if let Some(count) = counts.get_mut(&(new.key, new.day)) {
        count.requests += new.requests;
        count.errors += new.errors;
        count.last_used_at = count.last_used_at.max(new.last_used_at);
    } else if !full {
        counts.insert((new.key, new.day), new);
    }
}

impl KeyUsage for KeyUsageBuffer {
    fn note(&self, used: KeyUse) {
        let count = KeyUseCount {
            key: used.key,
            day: used.at.day(),
            requests: 1,
            errors: u64::from(used.failed),
            last_used_at: used.sets_last_used.then_some(used.at),
        };
        add(&mut self.lock(), count);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tokio::sync::oneshot;
    use uuid::Uuid;
    use vestibule_domain::api_keys::MockApiKeyStore;
    use vestibule_domain::kernel::Timestamp;

    use super::*;

    type Written = Arc<Mutex<Vec<Vec<KeyUseCount>>>>;

    const DAY: i64 = 86_400_000_000;

    fn used(key: u128, at: i64, failed: bool) -> KeyUse {
        KeyUse {
            key: ApiKeyId::from_uuid(Uuid::from_u128(key)),
            at: Timestamp::from_micros(at),
            failed,
            sets_last_used: failed,
        }
    }

    fn count(key: u128, day: i32, requests: u64, errors: u64, last: Option<i64>) -> KeyUseCount {
        KeyUseCount {
            key: ApiKeyId::from_uuid(Uuid::from_u128(key)),
            day: Day(day),
            requests,
            errors,
            last_used_at: last.map(Timestamp::from_micros),
        }
    }

    /// A store that fails the first `failures` times, then keeps what it is given.
    fn store(failures: usize) -> (MockApiKeyStore, Written) {
        let written = Written::default();
        let mut store = MockApiKeyStore::new();
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

    fn all(written: &Written) -> Vec<KeyUseCount> {
        let mut all = written.lock().expect("no panic").concat();
        all.sort_by_key(|count| (count.key, count.day));
        all
    }

    #[tokio::test]
    async fn uses_add_up_by_key_and_day_and_are_written_once() {
        let buffer = KeyUsageBuffer::default();
        for used in [
            used(1, 10, false),
            used(1, 30, true),
            used(1, 20, true),
            used(1, DAY, false),
            used(2, 5, false),
        ] {
            buffer.note(used);
        }
        let (store, written) = store(0);
        buffer.flush(&store).await.expect("written");
        buffer.flush(&store).await.expect("nothing to write");
        let expected = [
            count(1, 0, 3, 2, Some(30)),
            count(1, 1, 1, 0, None),
            count(2, 0, 1, 0, None),
        ];
        assert_eq!(all(&written), expected);
    }

    #[tokio::test]
    async fn what_the_store_refuses_is_added_to_what_comes() {
        let buffer = KeyUsageBuffer::default();
        buffer.note(used(1, 10, true));
        let (store, written) = store(1);
        assert!(buffer.flush(&store).await.is_err());
        buffer.note(used(1, 20, false));
        buffer.flush(&store).await.expect("written");
        assert_eq!(all(&written), [count(1, 0, 2, 1, Some(10))]);
    }

    #[tokio::test]
    async fn many_keys_are_written_in_chunks_and_memory_is_bounded() {
        let buffer = KeyUsageBuffer::default();
        for key in 0..CAPACITY as u128 + 100 {
            buffer.note(used(key, 1, false));
        }
        buffer.note(used(0, 2, false));
        let (store, written) = store(0);
        buffer.flush(&store).await.expect("written");
        let all = all(&written);
        assert_eq!(all.len(), CAPACITY);
        assert_eq!(all[0].requests, 2);
        let written = written.lock().expect("no panic");
        assert!(written.iter().all(|chunk| chunk.len() <= CHUNK));
    }

    #[tokio::test]
    async fn the_last_uses_are_written_at_shutdown() {
        let buffer = Arc::new(KeyUsageBuffer::default());
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
        buffer.note(used(1, 10, false));
        drop(stop);
        running.await.expect("no panic");
        assert_eq!(all(&written), [count(1, 0, 1, 0, None)]);
    }
}
