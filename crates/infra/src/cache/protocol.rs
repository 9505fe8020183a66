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
mod tests {
    use std::cell::Cell;
    use std::future::pending;

    use tokio::sync::{Mutex, mpsc};

    use super::*;

    type Loaded = Result<Option<Arc<u32>>, &'static str>;

    fn cache() -> Arc<ReadCache<u32, u32>> {
        Arc::new(ReadCache::new(100, None))
    }

    async fn load(cache: &ReadCache<u32, u32>, row: Result<Option<u32>, &'static str>) -> Loaded {
        cache.get_or_load(&1, || async { row }).await
    }

    /// A load of key 1 under way.
    struct Load {
        /// Told at the beginning of each run.
        started: mpsc::UnboundedReceiver<()>,
        /// What the runs find, one after the other.
        find: mpsc::UnboundedSender<Result<Option<u32>, &'static str>>,
        task: tokio::task::JoinHandle<Loaded>,
    }

    impl Load {
        /// One that has its placeholder.
        async fn start(cache: &Arc<ReadCache<u32, u32>>) -> Self {
            let (starts, mut started) = mpsc::unbounded_channel();
            let (find, found) = mpsc::unbounded_channel();
            let found = Arc::new(Mutex::new(found));
            let cache = Arc::clone(cache);
            let task = tokio::spawn(async move {
                let load = || async {
                    let _ = starts.send(());
                    let next = found.lock().await.recv().await;
                    next.unwrap_or(Err("no answer"))
                };
                cache.get_or_load(&1, load).await
            });
            started.recv().await.expect("the load starts");
            Self {
                started,
                find,
                task,
            }
        }

        fn find(&self, row: Result<Option<u32>, &'static str>) {
            self.find.send(row).expect("the load waits");
        }

        async fn row(self) -> Loaded {
            self.task.await.expect("no panic")
        }
    }

    /// Starts a reader that waits for the load of key 1, and would find 9 itself.
    async fn start_wait(cache: &Arc<ReadCache<u32, u32>>) -> tokio::task::JoinHandle<Loaded> {
        let cache = Arc::clone(cache);
        let task = tokio::spawn(async move { load(&cache, Ok(Some(9))).await });
        // On the test's single thread the task runs up to its first wait.
        tokio::task::yield_now().await;
        assert!(!task.is_finished());
        task
    }

    #[tokio::test]
    async fn a_fill_is_kept_and_hit() {
        let cache = cache();
        let loads = Cell::new(0);
        for _ in 0..2 {
            let row = cache
                .get_or_load(&1, || async {
                    loads.set(loads.get() + 1);
                    Ok::<_, ()>(Some(7))
                })
                .await;
            assert_eq!(row, Ok(Some(Arc::new(7))));
        }
        assert_eq!(loads.get(), 1);
        assert_eq!(cache.get(&1).as_deref(), Some(&7));
        assert_eq!(cache.get(&2), None);
    }

    #[tokio::test]
    async fn an_invalidation_during_a_fill_discards_it() {
        let invalidations: [fn(&ReadCache<u32, u32>); 2] =
            [|cache| cache.remove(&1), ReadCache::clear];
        for invalidate in invalidations {
            let cache = cache();
            let mut first = Load::start(&cache).await;
            invalidate(&cache);
            first.find(Ok(Some(7)));
            first.started.recv().await.expect("it loads again");
            assert_eq!(cache.get(&1), None);
            first.find(Ok(Some(8)));
            assert_eq!(first.row().await, Ok(Some(Arc::new(8))));
            assert_eq!(cache.get(&1).as_deref(), Some(&8));
        }
    }

    #[tokio::test]
    async fn a_discarded_fill_gives_way_to_the_next_one() {
        // Whichever of the two saw the newer row.
        for (early, late) in [(7, 8), (8, 7)] {
            let cache = cache();
            let first = Load::start(&cache).await;
            cache.remove(&1);
            let second = Load::start(&cache).await;
            first.find(Ok(Some(early)));
            tokio::task::yield_now().await;
            assert!(!first.task.is_finished());
            assert_eq!(cache.get(&1), None);
            second.find(Ok(Some(late)));
            assert_eq!(second.row().await, Ok(Some(Arc::new(late))));
            assert_eq!(first.row().await, Ok(Some(Arc::new(late))));
            assert_eq!(cache.get(&1).as_deref(), Some(&late));
        }
    }

    #[tokio::test]
    async fn who_waited_for_a_discarded_fill_waits_for_the_next_one() {
        let cache = cache();
        let first = Load::start(&cache).await;
        let waiting = start_wait(&cache).await;
        cache.remove(&1);
        let second = Load::start(&cache).await;
        first.find(Ok(Some(8)));
        for _ in 0..2 {
            tokio::task::yield_now().await;
        }
        assert!(!waiting.is_finished());
        second.find(Ok(Some(7)));
        assert_eq!(waiting.await.expect("no panic"), Ok(Some(Arc::new(7))));
        assert_eq!(first.row().await, Ok(Some(Arc::new(7))));
        assert_eq!(second.row().await, Ok(Some(Arc::new(7))));
    }

    #[tokio::test]
    async fn a_row_that_keeps_changing_is_shown_and_not_kept() {
        let cache = cache();
        let mut first = Load::start(&cache).await;
        for round in 1..MOST_LOADS {
            cache.remove(&1);
            first.find(Ok(Some(round)));
            first.started.recv().await.expect("it loads again");
        }
        cache.remove(&1);
        let other = Load::start(&cache).await;
        first.find(Ok(Some(MOST_LOADS)));
        assert_eq!(first.row().await, Ok(Some(Arc::new(MOST_LOADS))));
        // What the other finds may be older.
        other.find(Ok(Some(0)));
        tokio::task::yield_now().await;
        assert_eq!(cache.get(&1), None);
        other.find(Ok(Some(9)));
        assert_eq!(other.row().await, Ok(Some(Arc::new(9))));
    }

    #[tokio::test]
    async fn readers_of_one_key_share_a_load() {
        let cache = cache();
        for row in [Some(7), None] {
            cache.clear();
            let first = Load::start(&cache).await;
            let second = start_wait(&cache).await;
            first.find(Ok(row));
            let shared = Ok(row.map(Arc::new));
            assert_eq!(first.row().await, shared);
            assert_eq!(second.await.expect("no panic"), shared);
        }
    }

    #[tokio::test]
    async fn a_row_past_its_lifetime_is_loaded_again() {
        let cache = ReadCache::new(100, Some(Duration::ZERO));
        assert_eq!(load(&cache, Ok(Some(7))).await, Ok(Some(Arc::new(7))));
        assert_eq!(cache.get(&1), None);
        assert_eq!(load(&cache, Ok(Some(8))).await, Ok(Some(Arc::new(8))));
        let cache = ReadCache::new(100, Some(Duration::from_hours(1)));
        assert_eq!(load(&cache, Ok(Some(7))).await, Ok(Some(Arc::new(7))));
        assert_eq!(load(&cache, Ok(Some(8))).await, Ok(Some(Arc::new(7))));
    }

    #[tokio::test]
    async fn an_outdated_row_is_loaded_again_by_who_waited_for_it() {
        let cache = cache();
        let first = Load::start(&cache).await;
        let waits = Arc::clone(&cache);
        let second = tokio::spawn(async move {
            let load = || async { Ok::<_, &'static str>(Some(8)) };
            waits.get_current_or_load(&1, |row| *row > 7, load).await
        });
        tokio::task::yield_now().await;
        first.find(Ok(Some(7)));
        assert_eq!(first.row().await, Ok(Some(Arc::new(7))));
        assert_eq!(second.await.expect("no panic"), Ok(Some(Arc::new(8))));
        assert_eq!(cache.get(&1).as_deref(), Some(&8));
    }

    #[tokio::test]
    async fn absence_is_not_kept() {
        let cache = cache();
        assert_eq!(load(&cache, Ok(None)).await, Ok(None));
        assert_eq!(load(&cache, Ok(Some(8))).await, Ok(Some(Arc::new(8))));
    }

    #[tokio::test]
    async fn an_error_releases_all_waiting_readers() {
        let cache = cache();
        let first = Load::start(&cache).await;
        let second = start_wait(&cache).await;
        let third = start_wait(&cache).await;
        first.find(Err("down"));
        assert_eq!(first.row().await, Err("down"));
        assert_eq!(second.await.expect("no panic"), Ok(Some(Arc::new(9))));
        assert_eq!(third.await.expect("no panic"), Ok(Some(Arc::new(9))));
        assert_eq!(load(&cache, Ok(Some(8))).await, Ok(Some(Arc::new(8))));
    }

    #[tokio::test]
    async fn a_dropped_load_passes_to_a_waiting_reader() {
        let cache = cache();
        let first = Load::start(&cache).await;
        let second = start_wait(&cache).await;
        first.task.abort();
        assert_eq!(second.await.expect("no panic"), Ok(Some(Arc::new(9))));
        assert_eq!(cache.get(&1).as_deref(), Some(&9));
    }

    #[tokio::test]
    async fn unknown_keys_push_nothing_out() {
        let cache = ReadCache::<u32, u32>::new(100, None);
        for key in 0..50 {
            let row = cache.get_or_load(&key, || async { Ok::<_, ()>(Some(key)) });
            row.await.expect("no error");
        }
        for key in 1_000..20_000 {
            let row = cache.get_or_load(&key, || async { Ok::<_, ()>(None) });
            row.await.expect("no error");
        }
        assert!((0..50).all(|key| cache.get(&key).is_some()));
    }

    #[tokio::test]
    async fn other_keys_do_not_wait() {
        let cache = cache();
        let stuck = Arc::clone(&cache);
        let task = tokio::spawn(async move {
            let load = || pending::<Result<Option<u32>, ()>>();
            stuck.get_or_load(&2, load).await
        });
        tokio::task::yield_now().await;
        assert_eq!(load(&cache, Ok(Some(7))).await, Ok(Some(Arc::new(7))));
        task.abort();
    }
}
