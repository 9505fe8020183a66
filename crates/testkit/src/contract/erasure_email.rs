//! What the hiding of an account does to changes of its e-mail address.

use vestibule_domain::contact::TryCode;

use super::email_changes::confirm;
use super::email_undo::undo;
use super::trial::{Trial, assert_is};

pub(super) async fn changes_and_former_addresses_go_with_the_account(t: Trial) {
    let (ada, bob) = (t.user("ada").await, t.user("bob").await);
    let (moved, confirmed) = t.moved(&ada, "ada@example.org").await;
    let pending = t.started(&moved, "third@example.org").await;
    let (of_bob, undo_of_bob) = t.moved(&bob, "bob@example.org").await;
    let pending_of_bob = t.started(&of_bob, "other@example.org").await;
    t.hide(ada.id).await;
    let now = t.make.now();
    let changes = t.fresh().await.email_changes;
    assert_is!(changes.by_token(pending.token, now).await, Ok(None));
    assert_is!(changes.by_undo_token(confirmed.undo, now).await, Ok(None));
    let tried = t.write(TryCode { user: ada.id });
    assert_is!(changes.try_code(tried).await, Ok(None));
    t.erase(ada.id).await;
    assert_eq!(t.change_of(&ada).await, None);
    assert_eq!(t.former_of(&ada).await, []);
    let undone = t.store.email_changes.undo(t.write(undo(&t, &confirmed)));
    assert_is!(undone.await, Ok(false));
    let command = t.write(confirm(&t, &moved, &pending));
    assert_is!(changes.confirm(command).await, Ok(None));
    // Those of others stay.
    assert_eq!(t.change_of(&bob).await, Some(pending_of_bob.change));
    let former = t.former_of(&bob).await;
    assert_eq!(former.len(), 1);
    assert_eq!(former[0].email, bob.email);
    let undone = t.store.email_changes.undo(t.write(undo(&t, &undo_of_bob)));
    assert_is!(undone.await, Ok(true));
}
