//! What the hiding of an account does to its password and single-use tokens.

use vestibule_domain::credentials::{IssueToken, PasswordHash, Rehash, ResetPassword, TokenKind};
use vestibule_domain::kernel::StoreError;

use super::trial::{FIRST_CREDENTIAL, Trial, assert_is};

pub(super) async fn the_credential_of_a_hidden_account_is_absent(t: Trial) {
    let (ada, bob) = (t.user("ada").await, t.user("bob").await);
    let reset = t.issued(TokenKind::ResetPassword, &ada).await;
    let of_bob = t.issued(TokenKind::ResetPassword, &bob).await;
    let before = t.credential(bob.id).await;
    t.hide(ada.id).await;
    for erased in [false, true] {
        if erased {
            t.erase(ada.id).await;
        }
        for storage in [t.store.clone(), t.fresh().await] {
            let credentials = storage.credentials;
            assert_is!(credentials.by_user(ada.id).await, Ok(None));
            assert_is!(credentials.by_username(&ada.username).await, Ok(None));
            assert_is!(credentials.by_email(&ada.email).await, Ok(None));
        }
        assert!(!t.resets(ada.id, &reset).await);
        assert!(t.resets(bob.id, &of_bob).await);
    }
    let password_hash = PasswordHash::new("another".to_owned());
    let command = ResetPassword {
        user: ada.id,
        token: reset.digest,
        password_hash: password_hash.clone(),
    };
    let answer = t
        .leaves_no_envelope(bob.id, command, async |write| {
            t.store.credentials.reset_password(write).await
        })
        .await;
    assert_is!(answer, Ok(false));
    let command = IssueToken {
        user: ada.id,
        token: t.make.token(TokenKind::ResetPassword, &ada),
    };
    let issued = t.store.credentials.issue_token(t.write(command)).await;
    assert_is!(issued, Err(StoreError::Missing("user")));
    let rehash = Rehash {
        user: ada.id,
        checked: FIRST_CREDENTIAL,
        password_hash,
    };
    let rehashed = t.store.credentials.rehash(t.write(rehash)).await;
    assert_is!(rehashed, Err(StoreError::Missing("user")));
    let after = t.credential(bob.id).await;
    assert_eq!(after.password_hash, before.password_hash);
}
