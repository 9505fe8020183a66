//! What the undoing of a change does to identities.

use super::email_undo::undo;
use super::password_reset::account;
use super::trial::Trial;

pub(super) async fn undo_unlinks_the_users_identities(t: Trial) {
    let (ada, bob) = (
        account(&t, "ada", true).await,
        account(&t, "bob", true).await,
    );
    let (_, confirmed) = t.moved(&ada, "new@example.org").await;
    let gone = t.identity(ada.id, "ada").await;
    let of_bob = t.identity(bob.id, "bob").await;
    let done = t.store.email_changes.undo(t.write(undo(&t, &confirmed)));
    assert!(done.await.expect("undo"));
    assert_eq!(t.identities(ada.id).await, []);
    assert_eq!(t.tokens_of(&gone).await, None);
    assert_eq!(t.identities(bob.id).await, [of_bob]);
}
