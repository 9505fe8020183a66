//! What changes of e-mail addresses do to credentials, and the other way round.

use vestibule_domain::credentials::TokenKind;

use super::email_undo::undo;
use super::password_reset::reset_of;
use super::trial::Trial;

pub(super) async fn confirm_kills_the_tokens_of_the_old_address(t: Trial) {
    let (ada, bob) = (t.user("ada").await, t.user("bob").await);
    let reset = t.issued(TokenKind::ResetPassword, &ada).await;
    let of_bob = t.issued(TokenKind::ResetPassword, &bob).await;
    let before = t.credential(ada.id).await;
    let (moved, _) = t.moved(&ada, "new@example.org").await;
    assert!(!t.resets(ada.id, &reset).await);
    assert!(t.resets(bob.id, &of_bob).await);
    let after = t.credential(ada.id).await;
    assert_eq!(after.password_hash, before.password_hash);
    assert_eq!(after.version, before.version);
    assert_eq!(*after.account, moved);
    // Nor does it come back with the address.
    let (back, _) = t.moved(&moved, "ada@example.com").await;
    assert_eq!(back.email, ada.email);
    assert!(!t.resets(ada.id, &reset).await);
}

pub(super) async fn undo_removes_the_password_and_stores_the_reset_token(t: Trial) {
    let ada = t.user("ada").await;
    let (moved, confirmed) = t.moved(&ada, "new@example.org").await;
    let of_attacker = t.issued(TokenKind::ResetPassword, &moved).await;
    let bob = t.user("bob").await;
    let of_bob = t.issued(TokenKind::ResetPassword, &bob).await;
    let before = t.credential(ada.id).await;
    let command = undo(&t, &confirmed);
    let done = t.store.email_changes.undo(t.write(command.clone())).await;
    assert!(done.expect("undo"));
    let after = t.credential(ada.id).await;
    assert_eq!(after.password_hash, None);
    assert_eq!(after.version.0, before.version.0 + 1);
    assert!(!t.resets(ada.id, &of_attacker).await);
    assert!(t.resets(ada.id, &command.reset).await);
    assert!(t.resets(bob.id, &of_bob).await);
}

pub(super) async fn a_reset_ends_the_pending_change(t: Trial) {
    let (ada, bob) = (t.user("ada").await, t.user("bob").await);
    t.started(&ada, "new@example.org").await;
    t.started(&bob, "new@example.org").await;
    reset_of(&t, &ada).await;
    assert_eq!(t.change_of(&ada).await, None);
    assert!(t.change_of(&bob).await.is_some());
}

pub(super) async fn a_reset_leaves_what_restores_an_address(t: Trial) {
    let ada = t.user("ada").await;
    let (moved, confirmed) = t.moved(&ada, "new@example.org").await;
    // Whoever took the account over must not be able to keep it.
    reset_of(&t, &moved).await;
    assert_eq!(t.former_of(&ada).await.len(), 1);
    let done = t.store.email_changes.undo(t.write(undo(&t, &confirmed)));
    assert!(done.await.expect("undo"));
}

pub(super) async fn a_replacement_leaves_the_pending_change(t: Trial) {
    let ada = t.user("ada").await;
    let (moved, confirmed) = t.moved(&ada, "new@example.org").await;
    let pending = t.started(&moved, "third@example.org").await;
    t.replace(ada.id, None).await;
    assert_eq!(t.change_of(&ada).await, Some(pending.change));
    let done = t.store.email_changes.undo(t.write(undo(&t, &confirmed)));
    assert!(done.await.expect("undo"));
}
