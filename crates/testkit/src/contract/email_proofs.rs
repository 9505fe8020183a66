//! What changes of e-mail addresses do to keys that prove an address.

use vestibule_domain::credentials::TokenKind;
use vestibule_domain::users::VerifyEmail;

use super::email_undo::undo;
use super::trial::{Trial, assert_is};

pub(super) async fn an_undo_kills_keys_of_the_restored_address(t: Trial) {
    let (ada, bob) = (t.user("ada").await, t.user("bob").await);
    let (_, confirmed) = t.moved(&ada, "new@example.org").await;
    // Whoever had the account may have asked for it before the change.
    let key = t.issued(TokenKind::VerifyEmail, &ada).await;
    let of_bob = t.issued(TokenKind::VerifyEmail, &bob).await;
    let done = t.store.email_changes.undo(t.write(undo(&t, &confirmed)));
    assert!(done.await.expect("undo"));
    let users = t.fresh().await.users;
    let verify = t.write(VerifyEmail { token: key.digest });
    assert_is!(users.verify_email(verify).await, Ok(None));
    let verify = t.write(VerifyEmail {
        token: of_bob.digest,
    });
    assert_is!(users.verify_email(verify).await, Ok(Some(_)));
}

pub(super) async fn a_confirmation_kills_keys_of_the_old_address_for_good(t: Trial) {
    let ada = t.user("ada").await;
    let key = t.issued(TokenKind::VerifyEmail, &ada).await;
    let (moved, _) = t.moved(&ada, "new@example.org").await;
    let (back, _) = t.moved(&moved, ada.email.as_str()).await;
    let verify = t.write(VerifyEmail { token: key.digest });
    assert_is!(t.store.users.verify_email(verify).await, Ok(None));
    assert_eq!(t.stored(ada.id).await, back);
}
