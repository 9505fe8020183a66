//! When things last changed, for cached rows that show a part of them.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hash};
use std::marker::PhantomData;
use std::sync::atomic::{AtomicU64, Ordering};

/// Things that share a slot are taken to change together, which costs a load
/// and is no harm.
const SLOTS: usize = 4096;

/// Counts changes, and remembers the count at the last one of each thing.
///
/// A row that shows a part of a thing is kept with the count *before* its
/// query was queued, and is outdated when the thing has changed since. As a
/// change is noted after its COMMIT and before it is answered, a row that
/// counts is never older than a change that was answered.
#[derive(Debug)]
pub(super) struct Changes<K> {
    count: AtomicU64,
    last: Box<[AtomicU64]>,
    hasher: RandomState,
    keys: PhantomData<fn(K)>,
}

impl<K> Default for Changes<K> {
    fn default() -> Self {
        Self {
            count: AtomicU64::new(0),
            last: (0..SLOTS).map(|_| AtomicU64::new(0)).collect(),
            hasher: RandomState::new(),
            keys: PhantomData,
        }
    }
}

impl<K: Hash> Changes<K> {
    /// The count now.
    pub(super) fn now(&self) -> u64 {
        self.count.load(Ordering::SeqCst)
    }

    /// Notes a change.
    pub(super) fn note(&self, key: &K) {
        let count = self.count.fetch_add(1, Ordering::SeqCst) + 1;
        self.slot(key).fetch_max(count, Ordering::SeqCst);
    }

    /// Whether the thing has not changed since the count was this.
    pub(super) fn none_since(&self, key: &K, count: u64) -> bool {
        self.slot(key).load(Ordering::SeqCst) <= count
    }

    fn slot(&self, key: &K) -> &AtomicU64 {
        let hash = usize::try_from(self.hasher.hash_one(key) % SLOTS as u64);
        &self.last[hash.unwrap_or(0)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_outdates_what_was_loaded_before_it() {
        let changes = Changes::<u32>::default();
        let before = changes.now();
        assert!(changes.none_since(&1, before));
        changes.note(&1);
        assert!(!changes.none_since(&1, before));
        let after = changes.now();
        assert!(changes.none_since(&1, after));
        // Another thing; of 100 not all share the slot of 1.
        (2..102).for_each(|key| changes.note(&key));
        assert!((2..102).all(|key| !changes.none_since(&key, after)));
        let outdated = (1..=50).filter(|key| !changes.none_since(key, changes.now()));
        assert_eq!(outdated.count(), 0);
    }
}
