//! What a reset of the password does to API keys.

use vestibule_domain::credentials::TokenKind;
use vestibule_domain::kernel::StoreError;

use super::api_keys::find;
use super::password_reset::{account, reset, reset_of};
use super::trial::{Trial, assert_is};

pub(super) async fn a_first_proof_of_the_address_drops_keys(t: Trial) {
    let (ada, bob) = (
        account(&t, "ada", false).await,
        account(&t, "bob", false).await,
    );
    let of_ada = [t.key(Some(ada.id)).await, t.key(Some(ada.id)).await];
    let (of_bob, service) = (t.key(Some(bob.id)).await, t.key(None).await);
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

pub(super) async fn dropped_keys_are_dead_at_once(t: Trial) {
    let ada = account(&t, "ada", false).await;
    let key = t.key(Some(ada.id)).await;
    // Fills whatever cache there is.
    assert_eq!(*t.held(&key).await.expect("a key").key, key.key);
    reset_of(&t, &ada).await;
    assert!(t.held(&key).await.is_none());
}

pub(super) async fn a_reset_of_a_proved_address_leaves_keys(t: Trial) {
    let ada = account(&t, "ada", true).await;
    let key = t.key(Some(ada.id)).await;
    reset_of(&t, &ada).await;
    assert_eq!(find(&t, &key).await, Some(key.key));
}

pub(super) async fn a_replacement_of_the_password_leaves_keys(t: Trial) {
    let ada = account(&t, "ada", false).await;
    let key = t.key(Some(ada.id)).await;
    t.replace(ada.id, None).await;
    assert_eq!(find(&t, &key).await, Some(key.key));
}

pub(super) async fn a_refused_reset_leaves_keys(t: Trial) {
    let ada = account(&t, "ada", false).await;
    let key = t.key(Some(ada.id)).await;
    let token = t.issued(TokenKind::ResetPassword, &ada).await;
    let refused = t
        .repeats_once(ada.id, reset(ada.id, &token), async |write| {
            t.store.credentials.reset_password(write).await
        })
        .await;
    assert_is!(refused, Err(StoreError::Duplicate("once")));
    assert_eq!(find(&t, &key).await, Some(key.key));
}
