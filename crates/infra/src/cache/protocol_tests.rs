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
    let invalidations: [fn(&ReadCache<u32, u32>); 2] = [|cache| cache.remove(&1), ReadCache::clear];
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
