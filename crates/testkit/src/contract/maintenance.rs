use std::sync::Arc;
use std::time::Duration;

use vestibule_domain::activity::Event;
use vestibule_domain::idempotency::RETENTION;
use vestibule_domain::kernel::{Once, Timestamp, Write};

use super::paging::first_page;
use super::trial::{ROUNDS, Trial, parallel};
use crate::doubles::digest;

pub(super) use super::faults::maintenance as a_store_that_is_down_is_unavailable;

pub(super) const MICROSECOND: Duration = Duration::from_micros(1);

pub(super) async fn purge(t: &Trial, now: Timestamp, limit: u32) -> u32 {
    t.store.maintenance.purge(now, limit).await.expect("purge")
}

/// What stores a record of this key.
fn recording(t: &Trial, key: &str) -> Write<()> {
    let once = Once {
        key: digest(key),
        fingerprint: digest("body"),
        user: None,
        seal: Arc::new(|()| b"answer".to_vec()),
    };
    t.write(()).once(Some(once))
}

pub(super) async fn once(t: &Trial, key: &str) {
    let recorded = t.store.once.record(recording(t, key)).await;
    recorded.expect("record");
}

/// Whether the record is stored, expired or not: it is looked for at a time
/// when it counted.
async fn is_stored(t: &Trial, key: &str, then: Timestamp) -> bool {
    let found = t.fresh().await.once.find(digest(key), then).await;
    found.expect("find").is_some()
}

pub(super) async fn purge_deletes_records_that_have_expired(t: Trial) {
    let ada = t.user("ada").await;
    let start = t.make.now();
    once(&t, "early").await;
    once(&t, "early too").await;
    let later = t.make.later(MICROSECOND);
    once(&t, "late").await;
    let end = start.after(RETENTION);
    assert_eq!(purge(&t, start, 100).await, 0);
    assert_eq!(purge(&t, end, 100).await, 0, "it ends now, not before");
    assert!(is_stored(&t, "early", start).await);
    assert_eq!(purge(&t, end.after(MICROSECOND), 100).await, 2);
    assert!(!is_stored(&t, "early", start).await);
    assert!(!is_stored(&t, "early too", start).await);
    assert!(is_stored(&t, "late", later).await);
    assert_eq!(purge(&t, end.after(MICROSECOND), 100).await, 0);
    assert_eq!(t.stored(ada.id).await, ada);
}

pub(super) async fn purge_stops_at_the_limit(t: Trial) {
    for number in 0..8 {
        once(&t, &format!("key {number}")).await;
    }
    let now = t.make.later(RETENTION * 2);
    assert_eq!(purge(&t, now, 0).await, 0);
    let purged = [
        purge(&t, now, 3).await,
        purge(&t, now, 3).await,
        purge(&t, now, 3).await,
    ];
    assert_eq!(purged, [3, 3, 2]);
    assert_eq!(purge(&t, now, 3).await, 0);
}

pub(super) async fn purge_leaves_log_and_jobs(t: Trial) {
    let ada = t.user("ada").await;
    let job = t.make.job(Some(ada.id));
    let entry = t.make.log_entry(ada.id, Event::SessionCreated);
    let write: Write<()> = t.write(());
    let recorded = t.store.once.record(write.job(job.clone()).log(entry)).await;
    recorded.expect("record");
    let now = t.make.later(RETENTION * 100);
    assert_eq!(purge(&t, now, 100).await, 0);
    let fresh = t.fresh().await;
    let log = fresh.activity.list(ada.id, first_page());
    assert_eq!(log.await.expect("list").count, 1);
    let jobs = fresh.outbox.claim(now, now.after(MICROSECOND), 10).await;
    let left: Vec<_> = jobs.expect("claim").iter().map(|left| left.id).collect();
    assert_eq!(left, [job.id]);
}

pub(super) async fn a_parallel_purge_leaves_records_that_are_renewed(t: Trial) {
    for round in 0..ROUNDS {
        let keys: Vec<String> = (0..20).map(|n| format!("key {round} {n}")).collect();
        for key in &keys {
            once(&t, key).await;
        }
        let now = t.make.later(RETENTION + MICROSECOND);
        parallel(21, |number| {
            let store = t.store.clone();
            let renew = keys.get(number).map(|key| recording(&t, key));
            async move {
                match renew {
                    Some(renew) => store.once.record(renew).await.expect("record"),
                    None => {
                        store.maintenance.purge(now, 100).await.expect("purge");
                    }
                }
            }
        })
        .await;
        for key in &keys {
            assert!(is_stored(&t, key, now).await, "{key}");
        }
    }
}

pub(super) async fn purge_log_deletes_entries_of_before_its_time(t: Trial) {
    let ada = t.user("ada").await;
    let mut entries = Vec::new();
    for _ in 0..4 {
        let entry = t.make.log_entry(ada.id, Event::SessionCreated);
        let mut write: Write<()> = t.write(());
        write.log = vec![entry.clone()];
        t.store.once.record(write).await.expect("record");
        entries.push((entry, t.make.now()));
        t.make.later(MICROSECOND);
    }
    let left = async || {
        let log = t.fresh().await.activity.list(ada.id, first_page()).await;
        log.expect("list").count
    };
    let purge = async |end, limit| {
        let purged = t.store.maintenance.purge_log(end, limit).await;
        purged.expect("purge_log")
    };
    assert_eq!(purge(entries[0].1, 10).await, 0, "not one of that time");
    assert_eq!(purge(entries[3].1, 2).await, 2);
    assert_eq!(left().await, 2);
    assert_eq!(purge(entries[3].1, 10).await, 1);
    let log = t.fresh().await.activity.list(ada.id, first_page()).await;
    let newest = log.expect("list").items;
    assert_eq!(newest[0].entry, entries[3].0);
    assert_eq!(newest.len(), 1);
}
