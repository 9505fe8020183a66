//! What a purge does to changes of e-mail addresses.

use super::maintenance::MICROSECOND;
use super::trial::Trial;

pub(super) async fn purge_deletes_changes_and_former_addresses_that_have_expired(t: Trial) {
    let (ada, bob) = (t.user("ada").await, t.user("bob").await);
    let pending = t.started(&ada, "ada@example.org").await;
    let (_, confirmed) = t.moved(&bob, "bob@example.org").await;
    let purge = async |at| t.store.maintenance.purge(at, 100).await.expect("purge");
    assert_eq!(purge(pending.change.expires_at).await, 0);
    assert_eq!(purge(pending.change.expires_at.after(MICROSECOND)).await, 1);
    assert_eq!(t.change_of(&ada).await, None, "deleted, not expired");
    assert_eq!(purge(confirmed.undo_expires_at).await, 0);
    assert_eq!(purge(confirmed.undo_expires_at.after(MICROSECOND)).await, 1);
    assert!(t.former_of(&bob).await.is_empty());
}
