//! What a purge does to single-use tokens.

use vestibule_domain::credentials::TokenKind;

use super::maintenance::{MICROSECOND, purge};
use super::trial::{Trial, assert_is};

pub(super) async fn purge_deletes_tokens_that_have_expired(t: Trial) {
    let (ada, bob) = (t.user("ada").await, t.user("bob").await);
    let start = t.make.now();
    let expired = t.issued(TokenKind::ResetPassword, &ada).await;
    t.make.later(MICROSECOND);
    let left = t.issued(TokenKind::ResetPassword, &bob).await;
    let end = expired.expires_at;
    assert_eq!(purge(&t, end, 100).await, 0, "it ends now, not before");
    assert_eq!(purge(&t, end.after(MICROSECOND), 100).await, 1);
    assert_eq!(purge(&t, end.after(MICROSECOND), 100).await, 0);
    // At a time when it still counted, to tell deletion from expiry.
    let credentials = t.fresh().await.credentials;
    let gone = credentials.by_reset_token(ada.id, expired.digest, start);
    assert_is!(gone.await, Ok(None));
    assert!(t.resets(bob.id, &left).await);
    for account in [ada, bob] {
        assert_eq!(*t.credential(account.id).await.account, account);
    }
}

pub(super) async fn purge_deletes_tokens_of_each_kind_up_to_the_limit(t: Trial) {
    let mut longest = t.make.now();
    for name in ["ada", "bob", "cyd"] {
        let account = t.user(name).await;
        for kind in TokenKind::ALL {
            longest = longest.max(t.issued(*kind, &account).await.expires_at);
        }
    }
    let now = longest.after(MICROSECOND);
    let purged = [
        purge(&t, now, 4).await,
        purge(&t, now, 4).await,
        purge(&t, now, 4).await,
    ];
    assert_eq!(purged, [4, 2, 0]);
}
