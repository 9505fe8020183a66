use std::sync::Arc;
use std::time::Duration;

use vestibule_domain::idempotency::{OnceRecord, RETENTION};
use vestibule_domain::kernel::{Once, StoreError, UserId, Write};

use super::trial::{Trial, assert_is, parallel};
use crate::doubles::digest;

/// A record of this key; its answer is no UTF-8.
fn once(key: &str, answer: &str, user: Option<UserId>) -> Once<()> {
    let sealed = [b"\xff\x00", answer.as_bytes()].concat();
    Once {
        key: digest(key),
        fingerprint: digest(answer),
        user,
        seal: Arc::new(move |()| sealed.clone()),
    }
}

async fn record(t: &Trial, once: Once<()>) -> Result<(), StoreError> {
    let write: Write<()> = t.write(());
    t.store.once.record(write.once(Some(once))).await
}

/// The record of the key, through a fresh handle.
async fn found(t: &Trial, key: &str) -> Option<OnceRecord> {
    let found = t.fresh().await.once.find(digest(key), t.make.now()).await;
    found.expect("find")
}

fn stored(answer: &str) -> OnceRecord {
    OnceRecord {
        fingerprint: digest(answer),
        answer: [b"\xff\x00", answer.as_bytes()].concat(),
    }
}

pub(super) async fn record_stores_the_envelope(t: Trial) {
    let ada = t.user("ada").await;
    let ((), sealed) = t
        .commits_sealing(ada.id, (), async |write| t.store.once.record(write).await)
        .await;
    assert_eq!(sealed, "()");
}

pub(super) async fn a_record_is_found_by_its_key(t: Trial) {
    let ada = t.user("ada").await;
    record(&t, once("one", "answer one", None))
        .await
        .expect("record");
    let of_ada = once("two", "answer two", Some(ada.id));
    record(&t, of_ada).await.expect("record");
    assert_eq!(found(&t, "one").await, Some(stored("answer one")));
    assert_eq!(found(&t, "two").await, Some(stored("answer two")));
    assert_eq!(found(&t, "three").await, None);
}

pub(super) async fn a_record_is_kept_for_a_day(t: Trial) {
    record(&t, once("key", "first", None))
        .await
        .expect("record");
    t.make
        .later(RETENTION.saturating_sub(Duration::from_secs(1)));
    assert_eq!(found(&t, "key").await, Some(stored("first")));
    let refused = record(&t, once("key", "second", None)).await;
    assert_is!(refused, Err(StoreError::Duplicate("once")));
    assert_eq!(found(&t, "key").await, Some(stored("first")));
    t.make.later(Duration::from_secs(2));
    assert_eq!(found(&t, "key").await, None);
    record(&t, once("key", "second", None))
        .await
        .expect("record");
    assert_eq!(found(&t, "key").await, Some(stored("second")));
    t.make
        .later(RETENTION.saturating_sub(Duration::from_secs(1)));
    assert_eq!(found(&t, "key").await, Some(stored("second")));
}

pub(super) async fn a_repeated_key_stores_nothing_of_its_envelope(t: Trial) {
    let ada = t.user("ada").await;
    let refused = t
        .repeats_once(ada.id, (), async |write| t.store.once.record(write).await)
        .await;
    assert_is!(refused, Err(StoreError::Duplicate("once")));
}

pub(super) async fn parallel_records_of_one_key_store_one(t: Trial) {
    let answers = parallel(20, |number| {
        let store = t.store.once.clone();
        let write: Write<()> = t.write(());
        let write = write.once(Some(once("key", &format!("answer {number}"), None)));
        async move { store.record(write).await }
    })
    .await;
    let mut winners = Vec::new();
    for (number, answer) in answers.into_iter().enumerate() {
        if answer.is_ok() {
            winners.push(number);
        } else {
            assert_is!(answer, Err(StoreError::Duplicate("once")));
        }
    }
    assert_eq!(winners.len(), 1, "exactly one record is stored");
    let winner = format!("answer {}", winners[0]);
    assert_eq!(found(&t, "key").await, Some(stored(&winner)));
}
