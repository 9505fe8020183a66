//! Proof of an address: `UserStore::verify_email`.

use std::time::Duration;

use vestibule_domain::credentials::{NewToken, TokenKind};
use vestibule_domain::kernel::StoreError;
use vestibule_domain::users::{Account, NewUser, VerifyEmail};

use super::trial::{ROUNDS, Trial, assert_is, parallel};
use super::users::assert_found;
use crate::doubles::digest;
use crate::fixtures::{email, new_user};

async fn register_with(t: &Trial, account: &Account, token: &NewToken) {
    let new = NewUser {
        token: Some(token.clone()),
        ..new_user(account.clone())
    };
    t.register(new).await;
}

/// A new account with a verification token.
pub(super) async fn unverified(t: &Trial, name: &str) -> (Account, NewToken) {
    let account = t.make.account(name);
    let token = t.make.token(TokenKind::VerifyEmail, &account);
    register_with(t, &account, &token).await;
    (account, token)
}

pub(super) async fn verify_email_proves_the_address_once(t: Trial) {
    let (mut account, token) = unverified(&t, "ada").await;
    let bob = t.user("bob").await;
    let at = t.make.later(Duration::from_mins(1));
    let token = VerifyEmail {
        token: token.digest,
    };
    let verified = t
        .commits(account.id, token, async |write| {
            t.store.users.verify_email(write).await
        })
        .await;
    account.email_verified = true;
    account.version.0 += 1;
    account.updated_at = at;
    assert_eq!(verified.as_deref(), Some(&account));
    assert_eq!(t.stored(account.id).await, account);
    assert_eq!(t.stored(bob.id).await, bob);
    let again = t
        .leaves_no_envelope(account.id, token, async |write| {
            t.store.users.verify_email(write).await
        })
        .await;
    assert_is!(again, Ok(None));
    assert_eq!(t.stored(account.id).await, account);
}

/// The token must not verify the account's address.
pub(super) async fn does_not_verify(t: &Trial, account: &Account, token: &NewToken) {
    let verify = VerifyEmail {
        token: token.digest,
    };
    let refused = t
        .leaves_no_envelope(account.id, verify, async |write| {
            t.store.users.verify_email(write).await
        })
        .await;
    assert_is!(refused, Ok(None));
    assert_eq!(&t.stored(account.id).await, account);
}

pub(super) async fn addresses_are_proved_in_any_case(t: Trial) {
    let account = Account {
        email: email("Ada.LOVELACE@example.com"),
        ..t.make.account("ada")
    };
    let token = t.make.token(TokenKind::VerifyEmail, &account);
    register_with(&t, &account, &token).await;
    let verify = t.write(VerifyEmail {
        token: token.digest,
    });
    let verified = t.store.users.verify_email(verify).await;
    let verified = verified.expect("verify_email").expect("an account");
    assert!(verified.email_verified);
    assert_eq!(verified.email, account.email, "the spelling stays");
    assert_found(&t, &verified).await;
}

pub(super) async fn proof_under_a_stored_once_is_refused(t: Trial) {
    let (account, token) = unverified(&t, "ada").await;
    t.make.later(Duration::from_secs(1));
    let verify = VerifyEmail {
        token: token.digest,
    };
    let refused = t
        .repeats_once(account.id, verify, async |write| {
            t.store.users.verify_email(write).await
        })
        .await;
    assert_is!(refused, Err(StoreError::Duplicate("once")));
    assert_eq!(t.stored(account.id).await, account);
    let verified = t.store.users.verify_email(t.write(verify)).await;
    assert_is!(verified, Ok(Some(_)));
}

pub(super) async fn proof_of_one_address_leaves_the_keys_of_others(t: Trial) {
    let (_, of_ada) = unverified(&t, "ada").await;
    let (bob, of_bob) = unverified(&t, "bob").await;
    for token in [of_ada, of_bob] {
        assert_eq!(t.stored(bob.id).await, bob);
        let verify = t.write(VerifyEmail {
            token: token.digest,
        });
        let verified = t.store.users.verify_email(verify).await;
        assert_is!(verified, Ok(Some(_)));
    }
    assert!(t.stored(bob.id).await.email_verified);
}

pub(super) async fn an_expired_verification_token_is_refused(t: Trial) {
    let (account, token) = unverified(&t, "ada").await;
    t.make.later(TokenKind::VerifyEmail.lifetime());
    does_not_verify(&t, &account, &token).await;
}

pub(super) async fn a_verification_token_lives_until_it_expires(t: Trial) {
    let (account, token) = unverified(&t, "ada").await;
    let lifetime = TokenKind::VerifyEmail.lifetime();
    t.make
        .later(lifetime.saturating_sub(Duration::from_micros(1)));
    let verify = t.write(VerifyEmail {
        token: token.digest,
    });
    let verified = t.store.users.verify_email(verify).await;
    let verified = verified.expect("verify_email").expect("an account");
    assert_eq!(verified.id, account.id);
}

pub(super) async fn an_unknown_verification_token_is_refused(t: Trial) {
    let (account, mut token) = unverified(&t, "ada").await;
    token.digest = digest("unknown");
    does_not_verify(&t, &account, &token).await;
}

pub(super) async fn a_verification_token_of_another_address_is_refused(t: Trial) {
    let account = t.make.account("ada");
    let mut token = t.make.token(TokenKind::VerifyEmail, &account);
    "former@example.com".clone_into(&mut token.email_canonical);
    register_with(&t, &account, &token).await;
    does_not_verify(&t, &account, &token).await;
}

pub(super) async fn parallel_verifications_succeed_once(t: Trial) {
    for round in 0..ROUNDS {
        let (account, token) = unverified(&t, &format!("ada{round}")).await;
        let answers = parallel(20, |_| {
            let users = t.store.users.clone();
            let write = t.write(VerifyEmail {
                token: token.digest,
            });
            async move { users.verify_email(write).await.expect("verify_email") }
        })
        .await;
        let verified = answers.iter().filter(|answer| answer.is_some()).count();
        assert_eq!(verified, 1, "exactly one verification succeeds");
        let stored = t.stored(account.id).await;
        assert!(stored.email_verified);
        assert_eq!(stored.version.0, account.version.0 + 1);
    }
}
