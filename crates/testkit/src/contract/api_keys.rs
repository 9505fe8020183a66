use std::time::Duration;

use vestibule_domain::api_keys::{ApiKey, NewApiKey, Scope};
use vestibule_domain::kernel::StoreError;

use super::trial::{Trial, assert_is};
use crate::doubles::digest;

pub(super) use super::faults::api_keys as a_store_that_is_down_is_unavailable;

pub(super) async fn find(t: &Trial, key: &NewApiKey) -> Option<ApiKey> {
    let found = t.fresh().await.api_keys.by_digest(key.digest).await;
    found.expect("by_digest")
}

pub(super) async fn create_stores_every_field(t: Trial) {
    let ada = t.user("ada").await;
    let key = t.make.api_key(Some(ada.id));
    t.commits(ada.id, key.clone(), async |write| {
        t.store.api_keys.create(write).await
    })
    .await;
    // Another one beside it, of the same owner.
    let other = t.make.api_key(Some(ada.id));
    let created = t.store.api_keys.create(t.write(other.clone())).await;
    created.expect("create");
    assert_eq!(find(&t, &other).await, Some(other.key));
    assert_eq!(find(&t, &key).await, Some(key.key));
}

pub(super) async fn create_under_a_stored_once_is_refused(t: Trial) {
    let ada = t.user("ada").await;
    let key = t.make.api_key(Some(ada.id));
    let refused = t
        .repeats_once(ada.id, key.clone(), async |write| {
            t.store.api_keys.create(write).await
        })
        .await;
    assert_is!(refused, Err(StoreError::Duplicate("once")));
    assert_eq!(find(&t, &key).await, None);
}

pub(super) async fn create_stores_what_is_absent_as_absent(t: Trial) {
    let mut key = t.make.api_key(None);
    key.key.scopes.clear();
    key.key.last_used_at = None;
    key.key.expires_at = None;
    let created = t.store.api_keys.create(t.write(key.clone())).await;
    created.expect("create");
    assert_eq!(find(&t, &key).await, Some(key.key));
}

pub(super) async fn create_stores_each_scope(t: Trial) {
    let mut key = t.make.api_key(None);
    key.key.scopes = Scope::ALL.iter().rev().copied().collect();
    let created = t.store.api_keys.create(t.write(key.clone())).await;
    created.expect("create");
    assert_eq!(find(&t, &key).await, Some(key.key));
}

pub(super) async fn an_unknown_key_is_none_until_it_is_made(t: Trial) {
    let key = t.make.api_key(None);
    let before = t.store.api_keys.by_digest(key.digest).await;
    assert_is!(before, Ok(None));
    // Another process makes it.
    let created = t.fresh().await.api_keys.create(t.write(key.clone())).await;
    created.expect("create");
    let after = t.store.api_keys.by_digest(key.digest).await;
    assert_eq!(after.expect("by_digest"), Some(key.key));
    let other = t.store.api_keys.by_digest(digest("unknown")).await;
    assert_is!(other, Ok(None));
}

pub(super) async fn an_expired_key_is_still_answered(t: Trial) {
    let key = t.make.api_key(None);
    let created = t.store.api_keys.create(t.write(key.clone())).await;
    created.expect("create");
    t.make.later(Duration::from_hours(2));
    assert_eq!(find(&t, &key).await, Some(key.key));
}

pub(super) async fn create_for_no_account_is_missing(t: Trial) {
    let ada = t.user("ada").await;
    let key = t.make.api_key(Some(t.make.id()));
    let refused = t
        .leaves_no_envelope(ada.id, key.clone(), async |write| {
            t.store.api_keys.create(write).await
        })
        .await;
    assert_is!(refused, Err(StoreError::Missing("user")));
    assert_eq!(find(&t, &key).await, None);
}
