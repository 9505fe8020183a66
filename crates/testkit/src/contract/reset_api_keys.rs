//! What a reset of the password does to API keys.

use vestibule_domain::api_keys::NewApiKey;
use vestibule_domain::credentials::TokenKind;
use vestibule_domain::kernel::{StoreError, UserId};

use super::api_keys::find;
use super::password_reset::{account, reset, reset_of};
use super::trial::{Trial, assert_is};

async fn key(t: &Trial, owner: Option<UserId>) -> NewApiKey {
    let key = t.make.api_key(owner);
    let created = t.store.api_keys.create(t.write(key.clone())).await;
    created.expect("create");
    key
}

pub(super) async fn a_first_proof_of_the_address_drops_keys(t: Trial) {
    let (ada, bob) = (
        account(&t, "ada", false).await,
        account(&t, "bob", false).await,
    );
    let of_ada = [key(&t, Some(ada.id)).await, key(&t, Some(ada.id)).await];
    let (of_bob, service) = (key(&t, Some(bob.id)).await, key(&t, None).await);
    reset_of(&t, &ada).await;
    for gone in &of_ada {
        assert_eq!(find(&t, gone).await, None);
        let here = t.store.api_keys.by_digest(gone.digest).await;
        assert_is!(here, Ok(None));
    }
    for left in [of_bob, service] {
        assert_eq!(find(&t, &left).await, Some(left.key));
    }
}

pub(super) async fn a_key_that_another_process_dropped_is_dead_at_once(t: Trial) {
    let ada = account(&t, "ada", false).await;
    let key = key(&t, Some(ada.id)).await;
    let here = t.store.api_keys.by_digest(key.digest).await;
    assert_eq!(here.expect("by_digest"), Some(key.key));
    let token = t.issued(TokenKind::ResetPassword, &ada).await;
    let there = t.fresh().await.credentials;
    let done = there.reset_password(t.write(reset(ada.id, &token))).await;
    assert!(done.expect("reset_password"));
    let here = t.store.api_keys.by_digest(key.digest).await;
    assert_is!(here, Ok(None));
}

pub(super) async fn a_reset_of_a_proved_address_leaves_keys(t: Trial) {
    let ada = account(&t, "ada", true).await;
    let key = key(&t, Some(ada.id)).await;
    reset_of(&t, &ada).await;
    assert_eq!(find(&t, &key).await, Some(key.key));
}

pub(super) async fn a_refused_reset_leaves_keys(t: Trial) {
    let ada = account(&t, "ada", false).await;
    let key = key(&t, Some(ada.id)).await;
    let token = t.issued(TokenKind::ResetPassword, &ada).await;
    let refused = t
        .repeats_once(ada.id, reset(ada.id, &token), async |write| {
            t.store.credentials.reset_password(write).await
        })
        .await;
    assert_is!(refused, Err(StoreError::Duplicate("once")));
    assert_eq!(find(&t, &key).await, Some(key.key));
}
