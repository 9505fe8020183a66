//! Deletion when the store fails on the way, and after.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use uuid::Uuid;
use vestibule_domain::kernel::UserId;
use vestibule_domain::personal_data::{MockErasureStore, PersonalData};
use vestibule_testkit::app::TestApp;
use vestibule_testkit::memory::MemoryStorage;

use crate::world::{down, now};

fn user(number: u128) -> UserId {
    UserId::from_uuid(Uuid::from_u128(number))
}

/// The use cases on this store of erasures.
fn on(erasure: MockErasureStore) -> PersonalData {
    let mut storage = MemoryStorage::default().storage();
    storage.erasure = Arc::new(erasure);
    TestApp::new(storage).app.personal_data
}

#[test]
fn nothing_is_forgotten_before_the_journal_is_purged() {
    let mut store = MockErasureStore::new();
    store.expect_pending().returning(|_| Ok(vec![user(1)]));
    store.expect_erase().returning(|_, _| Ok(false));
    store.expect_purge_journal().returning(|| Err(down()));
    store.expect_forget().never();
    assert!(now(on(store).end_erasures()).is_err());
}

#[test]
fn an_erasure_goes_on_until_no_rows_are_left_and_then_with_the_next() {
    let pending = Arc::new(std::sync::Mutex::new(vec![user(1), user(2)]));
    let (mut store, left) = (MockErasureStore::new(), Arc::clone(&pending));
    let asked = Arc::new(AtomicU32::new(0));
    let chunks = Arc::clone(&asked);
    store
        .expect_pending()
        .returning(move |_| Ok(left.lock().expect("no panic").clone()));
    store.expect_erase().returning(move |_, limit| {
        assert!(limit <= 1_000, "a chunk of {limit}");
        Ok(chunks.fetch_add(1, Ordering::Relaxed) % 3 < 2)
    });
    store.expect_purge_journal().times(4).returning(|| Ok(()));
    store.expect_forget().times(2).returning(move |user| {
        pending
            .lock()
            .expect("no panic")
            .retain(|left| *left != user);
        Ok(())
    });
    assert_eq!(now(on(store).end_erasures()).expect("ended"), 2);
    assert_eq!(asked.load(Ordering::Relaxed), 6, "three chunks each");
}
