//! `CredentialStore::reset_password`.

use std::time::Duration;

use vestibule_domain::credentials::{NewToken, ResetPassword, TokenKind};
use vestibule_domain::kernel::{StoreError, UserId};
use vestibule_domain::users::{Account, NewUser};

use super::credentials::{assert_untouched, hash};
use super::trial::{ROUNDS, Trial, assert_is, parallel};
use crate::fixtures::{email, new_user};

pub(super) fn reset(user: UserId, token: &NewToken) -> ResetPassword {
    ResetPassword {
        user,
        token: token.digest,
        password_hash: hash("reset hash"),
    }
}

/// An account, its address verified or not.
pub(super) async fn account(t: &Trial, name: &str, email_verified: bool) -> Account {
    let account = Account {
        email_verified,
        // May have API keys of any kind.
        can_manage_api_environment: true,
        is_admin: true,
        ..t.make.account(name)
    };
    t.register(new_user(account.clone())).await;
    account
}

/// Resets the password by a new token.
pub(super) async fn reset_of(t: &Trial, account: &Account) {
    let token = t.issued(TokenKind::ResetPassword, account).await;
    let done = t.write(reset(account.id, &token));
    let done = t.store.credentials.reset_password(done).await;
    assert!(done.expect("reset_password"));
}

/// Resets the password, and makes sure that what changes is what should.
async fn check_reset(t: &Trial, email_verified: bool) -> (Account, Account) {
    let before = account(t, "ada", email_verified).await;
    let of_bob = t.credential(account(t, "bob", false).await.id).await;
    let token = t.issued(TokenKind::ResetPassword, &before).await;
    let version = t.credential(before.id).await.version;
    t.make.later(Duration::from_secs(1));
    let answer = t
        .commits(before.id, reset(before.id, &token), async |write| {
            t.store.credentials.reset_password(write).await
        })
        .await;
    assert!(answer);
    let after = t.credential(before.id).await;
    assert_eq!(after.password_hash, Some(hash("reset hash")));
    assert_eq!(after.version.0, version.0 + 1);
    assert_eq!(after.account.auth_epoch, before.auth_epoch + 1);
    assert_untouched(t, &of_bob).await;
    let here = t.store.credentials.by_user(before.id).await;
    let here = here.expect("by_user").expect("a credential");
    assert_eq!(here.account, after.account);
    (before, after.account.as_ref().clone())
}

pub(super) async fn a_reset_of_a_proved_address_sets_the_hash_and_the_epoch(t: Trial) {
    let (mut before, after) = check_reset(&t, true).await;
    before.auth_epoch += 1;
    assert_eq!(after, before);
}

pub(super) async fn a_reset_proves_the_address(t: Trial) {
    let (mut before, after) = check_reset(&t, false).await;
    before.auth_epoch += 1;
    before.email_verified = true;
    before.version.0 += 1;
    before.updated_at = t.make.now();
    assert_eq!(after, before);
}

pub(super) async fn a_reset_sets_a_first_password(t: Trial) {
    let ada = t.make.account("ada");
    let new = NewUser {
        password_hash: None,
        ..new_user(ada.clone())
    };
    t.register(new).await;
    reset_of(&t, &ada).await;
    let after = t.credential(ada.id).await;
    assert_eq!(after.password_hash, Some(hash("reset hash")));
}

pub(super) async fn a_reset_token_works_once(t: Trial) {
    let ada = t.user("ada").await;
    let token = t.issued(TokenKind::ResetPassword, &ada).await;
    let first = t.write(reset(ada.id, &token));
    let first = t.store.credentials.reset_password(first).await;
    assert!(first.expect("reset_password"));
    let before = t.credential(ada.id).await;
    does_not_reset(&t, ada.id, &ada, &token).await;
    assert_untouched(&t, &before).await;
}

/// The token must not reset the password of `user`, an account's own or not.
async fn does_not_reset(t: &Trial, user: UserId, owner: &Account, token: &NewToken) {
    let before = t.credential(owner.id).await;
    let answer = t
        .leaves_no_envelope(owner.id, reset(user, token), async |write| {
            t.store.credentials.reset_password(write).await
        })
        .await;
    assert_is!(answer, Ok(false));
    assert_untouched(t, &before).await;
}

pub(super) async fn only_a_live_reset_token_of_the_user_resets(t: Trial) {
    let ada = t.user("ada").await;
    let bob = t.user("bob").await;
    let verify = t.issued(TokenKind::VerifyEmail, &ada).await;
    does_not_reset(&t, ada.id, &ada, &verify).await;
    let mut moved = t.make.token(TokenKind::ResetPassword, &ada);
    "former@example.com".clone_into(&mut moved.email_canonical);
    t.issue(&ada, &moved).await;
    does_not_reset(&t, ada.id, &ada, &moved).await;
    let token = t.issued(TokenKind::ResetPassword, &ada).await;
    let before = t.credential(bob.id).await;
    does_not_reset(&t, bob.id, &ada, &token).await;
    assert_untouched(&t, &before).await;
    assert!(
        t.resets(ada.id, &token).await,
        "a refusal does not spend it"
    );
    does_not_reset(&t, t.make.id(), &ada, &token).await;
    t.make.later(TokenKind::ResetPassword.lifetime());
    does_not_reset(&t, ada.id, &ada, &token).await;
    let unknown = t.make.token(TokenKind::ResetPassword, &ada);
    does_not_reset(&t, ada.id, &ada, &unknown).await;
}

pub(super) async fn a_reset_under_a_stored_once_is_refused(t: Trial) {
    let ada = t.user("ada").await;
    let token = t.issued(TokenKind::ResetPassword, &ada).await;
    let before = t.credential(ada.id).await;
    // What is spent is not told of either: the record is looked at first.
    let unknown = t.make.token(TokenKind::ResetPassword, &ada);
    for token in [&token, &unknown] {
        let refused = t
            .repeats_once(ada.id, reset(ada.id, token), async |write| {
                t.store.credentials.reset_password(write).await
            })
            .await;
        assert_is!(refused, Err(StoreError::Duplicate("once")));
    }
    assert_untouched(&t, &before).await;
    assert!(t.resets(ada.id, &token).await, "it is not spent");
}

pub(super) async fn addresses_are_compared_ignoring_case(t: Trial) {
    let ada = Account {
        email: email("Ada.LOVELACE@example.com"),
        ..t.make.account("ada")
    };
    t.register(new_user(ada.clone())).await;
    reset_of(&t, &ada).await;
    let after = t.credential(ada.id).await;
    assert_eq!(after.password_hash, Some(hash("reset hash")));
    assert_eq!(after.account.email, ada.email, "the spelling stays");
}

pub(super) async fn a_reset_leaves_the_tokens_of_others(t: Trial) {
    let (ada, bob) = (t.user("ada").await, t.user("bob").await);
    let of_bob = t.issued(TokenKind::ResetPassword, &bob).await;
    reset_of(&t, &ada).await;
    assert!(t.resets(bob.id, &of_bob).await);
}

pub(super) async fn parallel_resets_with_one_token_succeed_once(t: Trial) {
    for round in 0..ROUNDS {
        let ada = t.user(&format!("ada{round}")).await;
        let token = t.issued(TokenKind::ResetPassword, &ada).await;
        let before = t.credential(ada.id).await;
        let answers = parallel(30, |number| {
            let credentials = t.store.credentials.clone();
            let write = t.write(ResetPassword {
                password_hash: hash(&format!("hash {number}")),
                ..reset(ada.id, &token)
            });
            async move { credentials.reset_password(write).await.expect("reset") }
        })
        .await;
        let winners: Vec<usize> = (0..30).filter(|n| answers[*n]).collect();
        assert_eq!(winners.len(), 1, "exactly one reset succeeds");
        let after = t.credential(ada.id).await;
        assert_eq!(after.version.0, before.version.0 + 1);
        let winner = hash(&format!("hash {}", winners[0]));
        assert_eq!(after.password_hash, Some(winner));
    }
}
