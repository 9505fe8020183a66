//! What a reset of the password does to identities.

use super::password_reset::{account, reset_of};
use super::trial::Trial;

pub(super) async fn a_first_proof_of_the_address_drops_identities(t: Trial) {
    let (ada, bob) = (
        account(&t, "ada", false).await,
        account(&t, "bob", false).await,
    );
    let gone = t.identity(ada.id, "ada").await;
    let of_bob = t.identity(bob.id, "bob").await;
    reset_of(&t, &ada).await;
    assert_eq!(t.identities(ada.id).await, []);
    assert_eq!(t.tokens_of(&gone).await, None);
    assert_eq!(t.identities(bob.id).await, [of_bob]);
    let again = t.link(t.make.identity(bob.id, "github", "ada")).await;
    assert!(again.created, "the account is free");
}

pub(super) async fn a_replacement_of_the_password_leaves_identities(t: Trial) {
    let ada = account(&t, "ada", false).await;
    let identity = t.identity(ada.id, "ada").await;
    t.replace(ada.id, None).await;
    assert_eq!(t.identities(ada.id).await, [identity]);
}

pub(super) async fn a_reset_of_a_proved_address_leaves_identities(t: Trial) {
    let ada = account(&t, "ada", true).await;
    let identity = t.identity(ada.id, "ada").await;
    reset_of(&t, &ada).await;
    assert_eq!(t.identities(ada.id).await, [identity]);
}
