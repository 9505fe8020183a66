//! How cached rows stay true: invalidation belongs to the write, filling to
//! a placeholder that an invalidation removes.
//!
//! A [`ReadCache`] is filled only through [`ReadCache::get_or_load`], which
//! takes a placeholder *before* its query is queued. The writer removes the
//! touched keys *after* COMMIT and before it answers. So whichever way the two
//! interleave, a row read before the commit is never kept: either its
//! placeholder is removed with it and the fill is discarded, or the
//! placeholder was taken after the removal and its query sees the commit.
//! Writes never insert.
//!
//! What was shown is not contradicted either. A commit of another instance is
//! visible before this one has heard of it, so a row whose fill was discarded
//! may be newer than one that a later fill holds: it is loaded again, and
//! every reader is given what the cache holds. A row that was read past the
//! cache is removed from it ([`ReadCache::remove`]) before it is shown: all
//! fills that are kept from then on began later.
//!
//! This rests on `quick_cache`'s `remove` and `clear` dropping outstanding
//! placeholders under the shard's lock, and on a guard's `insert` failing
//! then; the tests below hold it to that.

use std::future::Future;
use std::hash::Hash;
use std::sync::Arc;
use std::time::{Duration, Instant};

use quick_cache::Weighter;
use quick_cache::sync::Cache;
use tokio::task::yield_now;
use vestibule_domain::kernel::{ApiKeyId, OrganizationId, SessionId, UserId};

/// What a write touches, named so that every cache can find its entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CacheKey {
    /// All that is cached of one user.
    User(UserId),
    /// One session.
    Session(SessionId),
    /// One API key.
    ApiKey(ApiKeyId),
    /// What all members' accounts show of one organization.
    Organization(OrganizationId),
    /// Everything: the change is not known in detail.
    All,
}

/// How often a row is loaded that others keep changing meanwhile.
const MOST_LOADS: u32 = 3;
/// How often a reader waits for fills of others that come to nothing.
const MOST_WAITS: u32 = 8;

/// Removes cached entries. The threads of the database are its only callers.
pub trait Invalidate: Send + Sync {
    /// Removes all entries of `keys`, filled and being filled, before it
    /// returns. MUST NOT block on the database.
    fn invalidate(&self, keys: &[CacheKey]);

    /// Says that all that other processes had changed by `as_of` has been
    /// passed to [`Invalidate::invalidate`]. Called every few milliseconds
    /// where other processes change rows, and never where they do not.
    fn confirm(&self, as_of: Instant);
}

/// A bounded cache of rows, filled by reads and emptied by writes.
///
/// A hit takes one shared lock and clones one `Arc`.
#[derive(Debug)]
pub struct ReadCache<K, V> {
    slots: Cache<K, Slot<V>, CountPresent>,
    /// How long a row is kept; for ever, unless it is invalidated, where there
    /// is none.
    lifetime: Option<Duration>,
}

/// What a load came to. Only `Present` stays; the others exist for the readers
/// that wait for the same key, so that they need not load one after another.
#[derive(Debug)]
enum Slot<V> {
    /// A row, and when its load began.
    Present(Arc<V>, Instant),
    Absent,
    Failed,
}

impl<V> Clone for Slot<V> {
    fn clone(&self) -> Self {
        match self {
            Self::Present(value, since) => Self::Present(Arc::clone(value), *since),
            Self::Absent => Self::Absent,
            Self::Failed => Self::Failed,
        }
    }
}

/// Weightless slots push nothing out, so that guessing keys that do not exist
/// cannot empty the cache.
#[derive(Debug, Clone)]
struct CountPresent;

impl<K, V> Weighter<K, Slot<V>> for CountPresent {
    fn weight(&self, _: &K, slot: &Slot<V>) -> u64 {
        u64::from(matches!(slot, Slot::Present(..)))
    }
}

impl<K: Eq + Hash + Clone, V> ReadCache<K, V> {
    /// A cache of at most `entries` rows, each kept for `lifetime` at most.
    pub fn new(entries: usize, lifetime: Option<Duration>) -> Self {
        Self {
            slots: Cache::with_weighter(entries, entries as u64, CountPresent),
            lifetime,
        }
    }

    fn is_young(&self, since: Instant) -> bool {
        self.lifetime
            .is_none_or(|lifetime| since.elapsed() < lifetime)
    }

    /// The cached row, if there is one. Neither waits nor allocates.
    pub fn get(&self, key: &K) -> Option<Arc<V>> {
        match self.slots.get(key) {
            Some(Slot::Present(value, since)) if self.is_young(since) => Some(value),
            Some(_) | None => None,
        }
    }

    /// The cached row, or what `load` finds: one load a key at a time, whose
    /// outcome the readers that came meanwhile share. Absence and errors are
    /// not kept; after an error each waiting reader loads for itself.
    ///
    /// `load` MUST start its query only when it is polled, and read all it
    /// returns from one snapshot. It is called again when the row was removed
    /// while it ran.
    pub async fn get_or_load<E, L, F>(&self, key: &K, load: L) -> Result<Option<Arc<V>>, E>
    where
        L: Fn() -> F,
        F: Future<Output = Result<Option<V>, E>>,
    {
        self.get_current_or_load(key, |_| true, load).await
    }

    /// The same where a row may be outdated by what its key does not tell:
    /// one that is not `current` is loaded again, also when another reader has
    /// just loaded it.
    pub async fn get_current_or_load<E, L, F>(
        &self,
        key: &K,
        current: impl Fn(&V) -> bool,
        load: L,
    ) -> Result<Option<Arc<V>>, E>
    where
        L: Fn() -> F,
        F: Future<Output = Result<Option<V>, E>>,
    {
        let counts = |value: &V, since: &Instant| self.is_young(*since) && current(value);
        let (mut loads, mut waits) = (0, 0);
        loop {
            let guard = match self.slots.get_value_or_guard_async(key).await {
                Ok(Slot::Present(value, since)) if counts(&value, &since) => {
                    if self.holds(key, &value) {
                        return Ok(Some(value));
                    }
                    // Who waits for a fill is given its row even if it was
                    // discarded, or a moment before it is kept.
                    waits += 1;
                    if waits == MOST_WAITS {
                        return self.load_past(key, load).await;
                    }
                    yield_now().await;
                    continue;
                }
                Ok(Slot::Present(..)) => {
                    self.slots.remove_if(
                        key,
                        |slot| matches!(slot, Slot::Present(value, since) if !counts(value, since)),
                    );
                    continue;
                }
                Ok(Slot::Absent) => return Ok(None),
                Ok(Slot::Failed) => return self.load_past(key, load).await,
                Err(guard) => guard,
            };
            let began = Instant::now();
            let loaded = load().await.map(|row| row.map(Arc::new));
            loads += 1;
            let slot = match &loaded {
                Ok(Some(value)) => Slot::Present(Arc::clone(value), began),
                Ok(None) => Slot::Absent,
                Err(_) => Slot::Failed,
            };
            let found = matches!(slot, Slot::Present(..));
            // Fails when the placeholder was removed: the row may be older than
            // a commit, or newer than what another fill has found.
            let kept = guard.insert(slot).is_ok();
            if !found {
                self.slots
                    .remove_if(key, |slot| !matches!(slot, Slot::Present(..)));
                return loaded;
            }
            if kept {
                return loaded;
            }
            if loads == MOST_LOADS {
                self.remove(key);
                return loaded;
            }
        }
    }

    fn holds(&self, key: &K, value: &Arc<V>) -> bool {
        match self.slots.peek(key) {
            Some(Slot::Present(held, _)) => Arc::ptr_eq(&held, value),
            Some(_) | None => false,
        }
    }

    /// Loads a row without keeping it, and nothing that is older either.
    async fn load_past<E, L, F>(&self, key: &K, load: L) -> Result<Option<Arc<V>>, E>
    where
        L: Fn() -> F,
        F: Future<Output = Result<Option<V>, E>>,
    {
        let row = load().await?.map(Arc::new);
        self.remove(key);
        Ok(row)
    }

    /// Removes a row, and discards the fills of it that are under way.
    pub fn remove(&self, key: &K) {
        self.slots.remove(key);
    }

    /// Removes all rows, and discards all fills that are under way.
    pub fn clear(&self) {
        self.slots.clear();
    }
}

#[cfg(test)]
#[path = "protocol_tests.rs"]
mod tests;
