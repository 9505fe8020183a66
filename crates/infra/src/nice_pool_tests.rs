use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

use super::*;

const SHORTEST_PATIENCE: Duration = Duration::from_secs(2);
const MOST_WAITING: usize = 4096;
const QUICK: Duration = Duration::from_millis(1);

fn pool(permits: usize, estimate: Duration) -> Arc<NicePool> {
    let permits = NonZeroUsize::new(permits).expect("not zero");
    let settings = PoolSettings {
        name: "hash",
        permits,
        estimate,
        patience: SHORTEST_PATIENCE,
        most_waiting: MOST_WAITING,
    };
    Arc::new(NicePool::new(settings).expect("threads"))
}

/// Occupies every thread until the sender is dropped.
async fn occupy(pool: &Arc<NicePool>) -> Vec<mpsc::Sender<()>> {
    let mut holds = Vec::new();
    for _ in 0..pool.shared.permits {
        let (started, start) = oneshot::channel();
        let (hold, release) = mpsc::channel::<()>();
        let pool = Arc::clone(pool);
        tokio::spawn(async move {
            pool.run(Priority::Interactive, move || {
                let _ = started.send(());
                let _ = release.recv();
            })
            .await
        });
        start.await.expect("started");
        holds.push(hold);
    }
    holds
}

fn waiting(pool: &NicePool) -> usize {
    let state = pool.shared.lock();
    state.interactive.len() + state.later.len()
}

/// Waits until `count` jobs are in the queues.
async fn until_waiting(pool: &NicePool, count: usize) {
    while waiting(pool) != count {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_job_answers_what_it_computed_on_a_thread_of_the_pool() {
    let pool = pool(1, QUICK);
    let name = pool
        .run(Priority::Interactive, || {
            thread::current().name().map(str::to_owned)
        })
        .await;
    assert_eq!(name.expect("ran").as_deref(), Some("hash-0"));
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn threads_of_the_pool_and_only_they_have_a_low_priority() {
    let before = rustix::process::getpriority_process(None).expect("known");
    let pool = pool(1, QUICK);
    let priority = pool
        .run(Priority::Interactive, || {
            rustix::process::getpriority_process(None)
        })
        .await;
    assert_eq!(
        priority.expect("ran").expect("known"),
        (before + NICENESS).min(19)
    );
    assert_eq!(rustix::process::getpriority_process(None), Ok(before));
}

#[tokio::test]
async fn a_job_whose_client_has_gone_never_starts() {
    let pool = pool(1, QUICK);
    let hold = occupy(&pool).await;
    let ran = Arc::new(AtomicUsize::new(0));
    let mut clients = Vec::new();
    for priority in [Priority::Interactive, Priority::Later] {
        let (pool, ran) = (Arc::clone(&pool), Arc::clone(&ran));
        clients.push(tokio::spawn(async move {
            let work = move || ran.fetch_add(1, Ordering::SeqCst);
            pool.run(priority, work).await
        }));
    }
    until_waiting(&pool, 2).await;
    for client in clients {
        client.abort();
        assert!(client.await.expect_err("aborted").is_cancelled());
    }
    drop(hold);
    let later = pool.run(Priority::Later, || ()).await;
    assert!(
        later.is_ok(),
        "it came last, so the others have had their turn"
    );
    assert_eq!(ran.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_client_that_goes_does_not_free_the_permit_of_a_running_job() {
    let pool = pool(1, QUICK);
    let (started, start) = oneshot::channel();
    let (hold, release) = mpsc::channel::<()>();
    let running = Arc::clone(&pool);
    let client = tokio::spawn(async move {
        let work = move || {
            let _ = started.send(());
            let _ = release.recv();
        };
        running.run(Priority::Interactive, work).await
    });
    start.await.expect("started");
    client.abort();
    assert!(client.await.expect_err("aborted").is_cancelled());
    let next = Arc::clone(&pool);
    let next = tokio::spawn(async move { next.run(Priority::Interactive, || ()).await });
    until_waiting(&pool, 1).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(!next.is_finished());
    drop(hold);
    assert!(next.await.expect("no panic").is_ok());
}

#[tokio::test]
async fn never_more_jobs_run_than_there_are_permits() {
    let pool = pool(3, QUICK);
    let running = Arc::new(AtomicUsize::new(0));
    let most = Arc::new(AtomicUsize::new(0));
    let clients: Vec<_> = (0..60)
        .map(|number| {
            let (pool, running, most) =
                (Arc::clone(&pool), Arc::clone(&running), Arc::clone(&most));
            let priority = if number % 2 == 0 {
                Priority::Interactive
            } else {
                Priority::Later
            };
            tokio::spawn(async move {
                let work = move || {
                    most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    thread::sleep(Duration::from_millis(2));
                    running.fetch_sub(1, Ordering::SeqCst);
                };
                pool.run(priority, work).await
            })
        })
        .collect();
    for client in clients {
        assert!(client.await.expect("no panic").is_ok());
    }
    assert_eq!(most.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn too_many_waiting_jobs_are_refused_at_once() {
    // 2 permits, 500 ms each, 5 s of patience: 20 may wait.
    let pool = pool(2, Duration::from_millis(500));
    let hold = occupy(&pool).await;
    for _ in 0..20 {
        let pool = Arc::clone(&pool);
        tokio::spawn(async move { pool.run(Priority::Interactive, || ()).await });
    }
    until_waiting(&pool, 20).await;
    let start = Instant::now();
    let refused = pool.run(Priority::Interactive, || ()).await;
    assert!(matches!(refused, Err(PoolError::Overloaded)));
    assert!(start.elapsed() < Duration::from_millis(100));
    drop(hold);
}

#[tokio::test]
async fn jobs_of_gone_clients_take_no_place_in_the_queue() {
    let pool = pool(1, Duration::from_millis(500));
    let hold = occupy(&pool).await;
    let clients: Vec<_> = (0..10)
        .map(|_| {
            let pool = Arc::clone(&pool);
            tokio::spawn(async move { pool.run(Priority::Interactive, || ()).await })
        })
        .collect();
    until_waiting(&pool, 10).await;
    for client in clients {
        client.abort();
        let _ = client.await;
    }
    let next = Arc::clone(&pool);
    let next = tokio::spawn(async move { next.run(Priority::Interactive, || 7).await });
    until_waiting(&pool, 1).await;
    drop(hold);
    assert_eq!(next.await.expect("no panic").expect("not refused"), 7);
}

#[tokio::test]
async fn a_job_that_waited_too_long_is_refused_and_never_starts() {
    let pool = pool(1, QUICK);
    let hold = occupy(&pool).await;
    let ran = Arc::new(AtomicUsize::new(0));
    let client = {
        let (pool, ran) = (Arc::clone(&pool), Arc::clone(&ran));
        tokio::spawn(async move {
            let work = move || ran.fetch_add(1, Ordering::SeqCst);
            pool.run(Priority::Interactive, work).await
        })
    };
    until_waiting(&pool, 1).await;
    let long_ago = Instant::now().checked_sub(Duration::from_mins(1));
    pool.shared.lock().interactive[0].since = long_ago.expect("the machine has run for a minute");
    drop(hold);
    let refused = client.await.expect("no panic");
    assert!(matches!(refused, Err(PoolError::Overloaded)));
    assert_eq!(ran.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn what_can_wait_starts_after_all_that_people_wait_for() {
    let pool = pool(1, QUICK);
    let hold = occupy(&pool).await;
    let order = Arc::new(Mutex::new(Vec::new()));
    let mut clients = Vec::new();
    for (place, priority) in [
        Priority::Later,
        Priority::Interactive,
        Priority::Later,
        Priority::Interactive,
    ]
    .into_iter()
    .enumerate()
    {
        let (pool_here, order) = (Arc::clone(&pool), Arc::clone(&order));
        clients.push(tokio::spawn(async move {
            let work = move || order.lock().expect("no panic").push(place);
            pool_here.run(priority, work).await
        }));
        until_waiting(&pool, place + 1).await;
    }
    drop(hold);
    for client in clients {
        assert!(client.await.expect("no panic").is_ok());
    }
    assert_eq!(*order.lock().expect("no panic"), [1, 3, 0, 2]);
}

#[tokio::test]
async fn a_panic_is_reported_and_costs_no_thread() {
    let pool = pool(1, QUICK);
    let panicked = pool
        .run(Priority::Interactive, || panic!("a panic of the test"))
        .await;
    assert!(matches!(panicked, Err::<(), _>(PoolError::Panicked)));
    assert!(pool.run(Priority::Interactive, || ()).await.is_ok());
}

#[test]
fn patience_is_two_seconds_or_ten_measured_jobs() {
    let shared = |permits| Shared {
        state: Mutex::new(State {
            interactive: VecDeque::new(),
            later: VecDeque::new(),
            mean: QUICK,
            closed: false,
        }),
        work: Condvar::new(),
        permits,
        counters: Arc::default(),
        patience: SHORTEST_PATIENCE,
        most_waiting: MOST_WAITING,
    };
    let mut state = State {
        interactive: VecDeque::new(),
        later: VecDeque::new(),
        mean: Duration::from_millis(10),
        closed: false,
    };
    assert_eq!(shared(2).patience(state.mean), Duration::from_secs(2));
    assert_eq!(shared(2).capacity(state.mean), 400);
    for _ in 0..200 {
        state.measure(Duration::from_millis(300));
    }
    let patience = shared(1).patience(state.mean).as_millis();
    assert!((2990..=3000).contains(&patience), "{patience}");
    assert_eq!(shared(1).capacity(state.mean), 10);
}
