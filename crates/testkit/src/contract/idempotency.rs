use std::sync::Arc;

use vestibule_domain::idempotency::{OnceRecord, RETENTION};
use vestibule_domain::kernel::{Once, StoreError, UserId, Write};

use super::maintenance::MICROSECOND;
use super::trial::{ROUNDS, Trial, assert_is, parallel};
use crate::doubles::digest;
use crate::fixtures::new_user;

pub(super) use super::faults::idempotency as a_store_that_is_down_is_unavailable;

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

pub(super) async fn a_record_keeps_any_answer(t: Trial) {
    let large = "\u{1f4a1}\0".repeat(50_000);
    for (number, answer) in ["", &large].into_iter().enumerate() {
        let key = format!("key {number}");
        let mut once = once(&key, answer, None);
        let sealed = answer.as_bytes().to_vec();
        once.seal = Arc::new(move |()| sealed.clone());
        record(&t, once).await.expect("record");
        let found = found(&t, &key).await.expect("a record");
        assert_eq!(found.fingerprint, digest(answer));
        assert!(found.answer == answer.as_bytes(), "the answer differs");
    }
}

pub(super) async fn a_record_is_kept_for_a_day(t: Trial) {
    let start = t.make.now();
    record(&t, once("key", "first", None))
        .await
        .expect("record");
    t.make.later(RETENTION.saturating_sub(MICROSECOND));
    assert_eq!(found(&t, "key").await, Some(stored("first")));
    let refused = record(&t, once("key", "second", None)).await;
    assert_is!(refused, Err(StoreError::Duplicate("once")));
    assert_eq!(found(&t, "key").await, Some(stored("first")));
    let end = t.make.later(MICROSECOND);
    assert_eq!(end, start.after(RETENTION));
    assert_eq!(found(&t, "key").await, None);
    record(&t, once("key", "second", None))
        .await
        .expect("record");
    assert_eq!(found(&t, "key").await, Some(stored("second")));
    t.make.later(RETENTION.saturating_sub(MICROSECOND));
    assert_eq!(found(&t, "key").await, Some(stored("second")));
    t.make.later(MICROSECOND);
    assert_eq!(found(&t, "key").await, None);
}

pub(super) async fn a_command_takes_the_place_of_an_expired_record(t: Trial) {
    record(&t, once("key", "first", None))
        .await
        .expect("record");
    t.make.later(RETENTION);
    let ada = t.make.account("ada");
    let write = t.write(new_user(ada.clone()));
    let write = write.once(Some(once("key", "second", Some(ada.id))));
    let registered = t.store.users.register(write).await;
    registered.expect("register");
    assert_eq!(t.stored(ada.id).await, ada);
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
    for round in 0..ROUNDS {
        let key = format!("key {round}");
        // Every other round takes the place of a record that has expired.
        if round % 2 == 1 {
            let early = once(&key, "early", None);
            record(&t, early).await.expect("record");
            t.make.later(RETENTION);
        }
        let answers = parallel(20, |number| {
            let store = t.store.once.clone();
            let write: Write<()> = t.write(());
            let write = write.once(Some(once(&key, &format!("answer {number}"), None)));
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
        assert_eq!(found(&t, &key).await, Some(stored(&winner)));
    }
}
