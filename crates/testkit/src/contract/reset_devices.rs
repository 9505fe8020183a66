//! What a reset of the password does to devices.

use vestibule_domain::credentials::TokenKind;
use vestibule_domain::kernel::StoreError;

use super::password_reset::{account, reset, reset_of};
use super::trial::{Trial, assert_is};

pub(super) async fn a_first_proof_of_the_address_drops_devices(t: Trial) {
    let (ada, bob) = (
        account(&t, "ada", false).await,
        account(&t, "bob", false).await,
    );
    t.device(ada.id, "token").await;
    t.device(ada.id, "other").await;
    let of_bob = t.device(bob.id, "of bob").await;
    reset_of(&t, &ada).await;
    assert_eq!(t.devices(ada.id).await, []);
    assert_eq!(t.devices(bob.id).await, [of_bob]);
    let again = t.put(t.make.device(bob.id, "token")).await;
    assert!(again.created, "the token is free");
}

pub(super) async fn a_reset_of_a_proved_address_leaves_devices(t: Trial) {
    let ada = account(&t, "ada", true).await;
    let device = t.device(ada.id, "token").await;
    reset_of(&t, &ada).await;
    assert_eq!(t.devices(ada.id).await, [device]);
}

pub(super) async fn a_replacement_of_the_password_leaves_devices(t: Trial) {
    let ada = account(&t, "ada", false).await;
    let device = t.device(ada.id, "token").await;
    t.replace(ada.id, None).await;
    assert_eq!(t.devices(ada.id).await, [device]);
}

pub(super) async fn a_refused_reset_leaves_devices(t: Trial) {
    let ada = account(&t, "ada", false).await;
    let device = t.device(ada.id, "token").await;
    let token = t.issued(TokenKind::ResetPassword, &ada).await;
    let refused = t
        .repeats_once(ada.id, reset(ada.id, &token), async |write| {
            t.store.credentials.reset_password(write).await
        })
        .await;
    assert_is!(refused, Err(StoreError::Duplicate("once")));
    assert_eq!(t.devices(ada.id).await, [device]);
}
