//! Buckets that a write asks before it is carried out.

use std::sync::Arc;
use std::time::Duration;

use vestibule_domain::activity::Event;
use vestibule_domain::app::Storage;
use vestibule_domain::kernel::{Once, StoreError, Write};
use vestibule_domain::sessions::EndSession;
use vestibule_domain::throttling::{Limit, Throttle, Throttled};

use super::maintenance::{MICROSECOND, purge};
use super::paging::first_page;
use super::trial::{ROUNDS, Trial, assert_is, parallel};
use crate::doubles::digest;

const HOUR: Duration = Duration::from_hours(1);

/// Three an hour.
const WINDOW: Limit = Limit::Window { most: 3, per: HOUR };
/// Two at once, then one after 1 s, 2 s, 4 s.
const BACKOFF: Limit = Limit::Backoff {
    free: 2,
    first: Duration::from_secs(1),
    longest: Duration::from_secs(4),
    forget: HOUR,
};

fn count(name: &str, limit: Limit) -> Throttle {
    Throttle::Count {
        key: digest(name),
        limit,
    }
}

fn ask(name: &str, limit: Limit) -> Throttle {
    Throttle::Ask {
        key: digest(name),
        limit,
    }
}

fn clear(name: &str) -> Throttle {
    Throttle::Clear { key: digest(name) }
}

async fn record(t: &Trial, store: &Storage, throttles: Vec<Throttle>) -> Result<(), StoreError> {
    let write: Write<()> = t.write(());
    store.once.record(write.throttled(throttles)).await
}

/// What a write of these buckets through a fresh handle comes to: how long the
/// refusal asks to wait, or `None` when it was carried out.
async fn waits(t: &Trial, throttles: Vec<Throttle>) -> Option<Duration> {
    match record(t, &t.fresh().await, throttles).await {
        Ok(()) => None,
        Err(StoreError::Throttled(refusal)) => Some(refusal.retry_after),
        Err(error) => panic!("{error}"),
    }
}

pub(super) async fn a_window_admits_so_many(t: Trial) {
    for _ in 0..3 {
        let one = vec![count("a", WINDOW)];
        record(&t, &t.store, one).await.expect("admitted");
        t.make.later(Duration::from_mins(1));
    }
    let refused = record(&t, &t.store, vec![count("a", WINDOW)]).await;
    let throttled = Throttled {
        limit: 3,
        retry_after: Duration::from_mins(57),
    };
    assert!(
        matches!(refused, Err(StoreError::Throttled(refused)) if refused == throttled),
        "{refused:?}"
    );
    assert_eq!(
        waits(&t, vec![count("b", WINDOW)]).await,
        None,
        "another one"
    );
    t.make
        .later(Duration::from_mins(57).saturating_sub(MICROSECOND));
    assert_eq!(waits(&t, vec![count("a", WINDOW)]).await, Some(MICROSECOND));
    t.make.later(MICROSECOND);
    assert_eq!(waits(&t, vec![count("a", WINDOW)]).await, None);
    // Each of them leaves an hour after it came.
    let next = waits(&t, vec![count("a", WINDOW)]).await;
    assert_eq!(next, Some(Duration::from_mins(1)));
}

pub(super) async fn a_bucket_is_asked_without_counting(t: Trial) {
    for _ in 0..4 {
        assert_eq!(waits(&t, vec![ask("a", WINDOW)]).await, None);
    }
    for _ in 0..3 {
        let one = vec![ask("b", WINDOW), count("a", WINDOW)];
        assert_eq!(waits(&t, one).await, None);
    }
    for one in [ask("a", WINDOW), count("a", WINDOW)] {
        assert_eq!(waits(&t, vec![one]).await, Some(HOUR));
    }
    let both = vec![count("b", WINDOW), ask("a", WINDOW)];
    assert_eq!(waits(&t, both).await, Some(HOUR), "as any refusal");
    assert_eq!(waits(&t, vec![ask("b", WINDOW)]).await, None);
}

pub(super) async fn waits_double_up_to_the_longest(t: Trial) {
    let one = || vec![count("a", BACKOFF)];
    for _ in 0..2 {
        assert_eq!(waits(&t, one()).await, None);
    }
    for seconds in [1, 2, 4, 4] {
        let wait = Duration::from_secs(seconds);
        assert_eq!(waits(&t, one()).await, Some(wait));
        t.make.later(wait.saturating_sub(MICROSECOND));
        assert_eq!(waits(&t, one()).await, Some(MICROSECOND));
        t.make.later(MICROSECOND);
        assert_eq!(waits(&t, one()).await, None);
    }
    t.make.later(HOUR);
    for _ in 0..2 {
        assert_eq!(waits(&t, one()).await, None, "all is forgotten");
    }
    assert_eq!(waits(&t, one()).await, Some(Duration::from_secs(1)));
}

pub(super) async fn a_cleared_bucket_admits_as_a_new_one(t: Trial) {
    for _ in 0..3 {
        assert_eq!(waits(&t, vec![count("a", WINDOW)]).await, None);
    }
    let both = vec![clear("a"), clear("never counted")];
    assert_eq!(waits(&t, both).await, None);
    for _ in 0..3 {
        assert_eq!(waits(&t, vec![count("a", WINDOW)]).await, None);
    }
    assert_eq!(waits(&t, vec![count("a", WINDOW)]).await, Some(HOUR));
}

pub(super) async fn a_refused_write_leaves_nothing_and_counts_nowhere(t: Trial) {
    let ada = t.user("ada").await;
    for _ in 0..3 {
        assert_eq!(waits(&t, vec![count("full", WINDOW)]).await, None);
    }
    for _ in 0..4 {
        let refused = t
            .leaves_no_envelope(ada.id, (), async |write: Write<()>| {
                let both = [count("other", WINDOW), count("full", WINDOW), clear("kept")];
                t.store.once.record(write.throttled(both)).await
            })
            .await;
        assert_is!(refused, Err(StoreError::Throttled(_)));
        assert_eq!(waits(&t, vec![count("kept", BACKOFF)]).await, None);
        t.make.later(Duration::from_secs(4));
    }
    for _ in 0..3 {
        assert_eq!(waits(&t, vec![count("other", WINDOW)]).await, None);
    }
    let wait = waits(&t, vec![count("kept", BACKOFF)]).await;
    assert_eq!(wait, None, "four were counted");
    let wait = waits(&t, vec![count("kept", BACKOFF)]).await;
    assert_eq!(wait, Some(Duration::from_secs(4)), "none was cleared");
}

pub(super) async fn the_longest_wait_is_told(t: Trial) {
    for _ in 0..3 {
        assert_eq!(waits(&t, vec![count("window", WINDOW)]).await, None);
    }
    for _ in 0..2 {
        assert_eq!(waits(&t, vec![count("backoff", BACKOFF)]).await, None);
    }
    let (window, backoff) = (count("window", WINDOW), count("backoff", BACKOFF));
    assert_eq!(waits(&t, vec![window, backoff]).await, Some(HOUR));
    assert_eq!(waits(&t, vec![backoff, window]).await, Some(HOUR));
}

pub(super) async fn the_envelope_of_an_admitted_write_commits(t: Trial) {
    let ada = t.user("ada").await;
    t.commits(ada.id, (), async |write: Write<()>| {
        let write = write.throttled([count("a", WINDOW)]);
        t.store.once.record(write).await
    })
    .await;
    assert_eq!(waits(&t, vec![count("a", WINDOW)]).await, None);
    assert_eq!(waits(&t, vec![count("a", WINDOW)]).await, None);
    assert_eq!(waits(&t, vec![count("a", WINDOW)]).await, Some(HOUR));
}

pub(super) async fn a_job_beyond_its_limit_is_left_out(t: Trial) {
    let ada = t.user("ada").await;
    let mut kept = Vec::new();
    for number in 0..5 {
        let [limited, free] = [0, 1].map(|_| t.make.job(Some(ada.id)));
        let throttle = Throttle::Job {
            key: digest("letters"),
            limit: WINDOW,
            job: limited.id,
        };
        if number < 3 {
            kept.push(limited.id);
        }
        kept.push(free.id);
        let write: Write<()> = t.write(());
        let write = write.job(limited).job(free).throttled([throttle]);
        t.store.once.record(write).await.expect("carried out");
    }
    let (now, fresh) = (t.make.now(), t.fresh().await);
    let jobs = fresh.outbox.claim(now, now.after(HOUR), 100).await;
    let mut stored: Vec<_> = jobs.expect("claim").iter().map(|job| job.id).collect();
    stored.sort_unstable();
    assert_eq!(stored, kept);
    let wait = waits(&t, vec![count("letters", WINDOW)]).await;
    assert_eq!(wait, Some(HOUR), "those that are stored were counted");
}

pub(super) async fn a_replay_is_told_before_a_refusal(t: Trial) {
    let write = || {
        let once = Once {
            key: digest("key"),
            fingerprint: digest("body"),
            user: None,
            seal: Arc::new(|()| b"answer".to_vec()),
        };
        let write: Write<()> = t.write(());
        write.once(Some(once)).throttled([count("a", WINDOW)])
    };
    t.store.once.record(write()).await.expect("admitted");
    for _ in 0..4 {
        let replay = t.store.once.record(write()).await;
        assert_is!(replay, Err(StoreError::Duplicate("once")));
    }
    for _ in 0..2 {
        let left = waits(&t, vec![count("a", WINDOW)]).await;
        assert_eq!(left, None, "no replay was counted");
    }
    assert_eq!(waits(&t, vec![count("a", WINDOW)]).await, Some(HOUR));
}

pub(super) async fn parallel_writes_are_admitted_up_to_the_limit(t: Trial) {
    for round in 0..ROUNDS {
        let key = format!("round {round}");
        let admitted = parallel(20, |_| {
            let write: Write<()> = t.write(());
            let write = write.throttled([count(&key, WINDOW)]);
            let store = t.store.clone();
            async move { store.once.record(write).await }
        })
        .await;
        let refused = |result: &&Result<(), StoreError>| matches!(result, Err(StoreError::Throttled(Throttled { retry_after, .. })) if *retry_after == HOUR);
        assert_eq!(admitted.iter().filter(|result| result.is_ok()).count(), 3);
        assert_eq!(admitted.iter().filter(refused).count(), 17, "{admitted:?}");
    }
}

pub(super) async fn parallel_writes_of_crossing_buckets_all_end(t: Trial) {
    for round in 0..ROUNDS {
        let roomy = Limit::Window {
            most: 100,
            per: HOUR,
        };
        let [a, b] = ["a", "b"].map(|name| count(&format!("{name} {round}"), roomy));
        let admitted = parallel(20, |number| {
            let write: Write<()> = t.write(());
            let both = if number % 2 == 0 { [a, b] } else { [b, a] };
            let (store, write) = (t.store.clone(), write.throttled(both));
            async move { store.once.record(write).await }
        })
        .await;
        for result in admitted {
            result.expect("admitted");
        }
        let tight = |throttle: Throttle| Throttle::Count {
            key: throttle.key(),
            limit: Limit::Window {
                most: 21,
                per: HOUR,
            },
        };
        for throttle in [a, b].map(tight) {
            assert_eq!(waits(&t, vec![throttle]).await, None);
            assert_eq!(waits(&t, vec![throttle]).await, Some(HOUR));
        }
    }
}

pub(super) async fn parallel_counts_and_clears_all_end(t: Trial) {
    let done = parallel(40, |number| {
        let write: Write<()> = t.write(());
        let roomy = Limit::Window {
            most: 100,
            per: HOUR,
        };
        let throttle = if number % 2 == 0 {
            count("a", roomy)
        } else {
            clear("a")
        };
        let (store, write) = (t.store.clone(), write.throttled([throttle]));
        async move { store.once.record(write).await }
    })
    .await;
    for result in done {
        result.expect("carried out");
    }
}

pub(super) async fn a_command_that_changes_nothing_counts_nowhere(t: Trial) {
    let (ada, session) = t.signed_in_user("ada").await;
    for _ in 0..4 {
        let unknown = EndSession {
            user: ada.id,
            session: t.make.id(),
        };
        let write = t.write(unknown).throttled([count("a", WINDOW)]);
        assert_is!(t.store.sessions.end(write).await, Ok(false));
    }
    let end = EndSession {
        user: ada.id,
        session: session.session.id,
    };
    let write = t.write(end).throttled([count("a", WINDOW)]);
    assert_is!(t.store.sessions.end(write).await, Ok(true));
    for _ in 0..2 {
        assert_eq!(waits(&t, vec![count("a", WINDOW)]).await, None);
    }
    assert_eq!(waits(&t, vec![count("a", WINDOW)]).await, Some(HOUR));
}

pub(super) async fn a_refused_command_is_not_carried_out(t: Trial) {
    let (ada, session) = t.signed_in_user("ada").await;
    for _ in 0..3 {
        assert_eq!(waits(&t, vec![count("a", WINDOW)]).await, None);
    }
    let end = EndSession {
        user: ada.id,
        session: session.session.id,
    };
    let entry = t.make.log_entry(ada.id, Event::SessionEnded);
    let write = t.write(end).log(entry).throttled([count("a", WINDOW)]);
    let refused = t.store.sessions.end(write).await;
    assert_is!(refused, Err(StoreError::Throttled(_)));
    assert!(t.is_live(&session).await);
    let log = t.fresh().await.activity.list(ada.id, first_page()).await;
    assert_eq!(log.expect("list").count, 0);
}

pub(super) async fn purge_deletes_buckets_that_have_expired(t: Trial) {
    for name in ["a", "b", "c"] {
        assert_eq!(waits(&t, vec![count(name, WINDOW)]).await, None);
    }
    let now = t.make.now();
    assert_eq!(purge(&t, now.after(HOUR), 100).await, 0);
    let later = now.after(HOUR + MICROSECOND);
    assert_eq!(purge(&t, later, 2).await, 2);
    assert_eq!(purge(&t, later, 2).await, 1);
    assert_eq!(purge(&t, later, 2).await, 0);
}
