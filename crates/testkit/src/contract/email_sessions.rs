//! What changes of e-mail addresses do to sessions.

use super::email_undo::undo;
use super::paging::first_page;
use super::trial::Trial;

pub(super) async fn confirm_leaves_sessions_and_undo_ends_them(t: Trial) {
    let ((ada, session), (_, of_bob)) =
        (t.signed_in_user("ada").await, t.signed_in_user("bob").await);
    let (moved, confirmed) = t.moved(&ada, "new@example.org").await;
    assert!(t.is_live(&session).await);
    let signed_in = t.store.sessions.signed_in(session.session.id, ada.id).await;
    let signed_in = signed_in.expect("signed_in").expect("a session");
    assert_eq!(signed_in.account.email, moved.email, "shown at once");
    let done = t.store.email_changes.undo(t.write(undo(&t, &confirmed)));
    assert!(done.await.expect("undo"));
    assert!(!t.is_live(&session).await);
    let sessions = t.fresh().await.sessions;
    let left = sessions.list(ada.id, None, first_page()).await;
    assert_eq!(left.expect("list").items, [], "ended, not only dead");
    assert!(t.is_live(&of_bob).await);
}
