//! What the hiding of an account does to linked identities.

use vestibule_domain::identities::LinkIdentity;

use super::identity_codes::{put, taken};
use super::trial::Trial;

pub(super) async fn identities_of_a_hidden_account_are_free(t: Trial) {
    let (ada, bob) = (t.user("ada").await, t.user("bob").await);
    let gone = t.identity(ada.id, "ada").await;
    let of_bob = t.identity(bob.id, "bob").await;
    put(&t, "code", &gone.account).await;
    put(&t, "of bob", &of_bob.account).await;
    let of_bob = t.identities(bob.id).await;
    t.hide(ada.id).await;
    assert_eq!(t.identities(ada.id).await, []);
    assert_eq!(t.tokens_of(&gone).await, None);
    assert_eq!(taken(&t, "code").await, None);
    assert_eq!(t.identities(bob.id).await, of_bob);
    assert_eq!(taken(&t, "of bob").await, Some(bob.id));
    // Somebody else may link the account at once.
    let again: LinkIdentity = t.make.identity(bob.id, "github", "ada");
    let linked = t.link(again).await;
    assert!(linked.created);
    t.erase(ada.id).await;
    let left = [vec![linked.identity], of_bob].concat();
    assert_eq!(t.identities(bob.id).await, left);
}
