//! What an account was signed in with is dead as soon as it is hidden.

use super::trial::Trial;

pub(super) async fn a_hidden_account_has_no_live_session(t: Trial) {
    let (ada, first) = t.signed_in_user("ada").await;
    let (_, other) = t.signed_in_user("bob").await;
    let second = t.open_session(&ada).await;
    assert!(t.is_live(&first).await && t.is_live(&second).await);
    t.hide(ada.id).await;
    for session in [&first, &second] {
        assert!(!t.is_live(session).await);
    }
    t.erase(ada.id).await;
    for session in [&first, &second] {
        assert!(!t.is_live(session).await);
    }
    assert!(t.is_live(&other).await);
}
