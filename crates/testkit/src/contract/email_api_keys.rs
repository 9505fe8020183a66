//! What the undoing of a change does to API keys.

use super::api_keys::find;
use super::email_undo::undo;
use super::password_reset::account;
use super::trial::Trial;

pub(super) async fn undo_deletes_the_users_keys(t: Trial) {
    let (ada, bob) = (
        account(&t, "ada", true).await,
        account(&t, "bob", true).await,
    );
    let (_, confirmed) = t.moved(&ada, "new@example.org").await;
    let mut keys = Vec::new();
    for owner in [Some(ada.id), Some(bob.id), None] {
        let key = t.key(owner).await;
        // Fills whatever cache there is.
        assert!(t.held(&key).await.is_some());
        keys.push(key);
    }
    let done = t.store.email_changes.undo(t.write(undo(&t, &confirmed)));
    assert!(done.await.expect("undo"));
    for (key, left) in keys.iter().zip([false, true, true]) {
        assert_eq!(find(&t, key).await.is_some(), left);
        assert_eq!(t.held(key).await.is_some(), left);
    }
}
