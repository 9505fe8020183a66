use std::time::Duration;

use vestibule_domain::credentials::{NewToken, TokenKind};
use vestibule_domain::kernel::StoreError;
use vestibule_domain::users::{Account, NewUser, VerifyEmail};

use super::trial::{Trial, assert_is, parallel};
use crate::doubles::digest;
use crate::fixtures::{email, new_user, username};

pub(super) async fn register_stores_every_field(t: Trial) {
    let account = t.make.full_account("ada");
    let session = t.make.session(&account);
    let new = NewUser {
        session: Some(session.clone()),
        ..new_user(account.clone())
    };
    t.commits(account.id, new.clone(), async |write| {
        t.store.users.register(write).await
    })
    .await;
    assert_eq!(t.stored(account.id).await, account);
    let fresh = t.fresh().await;
    let credential = fresh.credentials.by_user(account.id).await;
    let credential = credential.expect("by_user").expect("a credential");
    assert_eq!(*credential.account, account);
    assert_eq!(credential.password_hash, new.password_hash);
    let signed_in = fresh.sessions.signed_in(session.session.id, account.id);
    let signed_in = signed_in.await.expect("signed_in").expect("a session");
    assert_eq!(*signed_in.session, session.session);
    assert_eq!(*signed_in.account, account);
}

pub(super) async fn register_stores_what_is_absent_as_absent(t: Trial) {
    let account = t.make.account("ada");
    let new = NewUser {
        password_hash: None,
        ..new_user(account.clone())
    };
    t.register(new).await;
    assert_eq!(t.stored(account.id).await, account);
    let credential = t.fresh().await.credentials.by_user(account.id).await;
    let credential = credential.expect("by_user").expect("a credential");
    assert_eq!(credential.password_hash, None);
}

pub(super) async fn register_opens_a_live_session(t: Trial) {
    let (_, session) = t.signed_in_user("ada").await;
    assert!(t.is_live(&session).await);
}

pub(super) async fn accounts_are_looked_up_ignoring_case(t: Trial) {
    let account = t.make.account("Ada");
    t.register(new_user(account.clone())).await;
    t.user("bob").await;
    let users = t.fresh().await.users;
    let by_username = users.by_username(&username("aDA")).await;
    assert_eq!(by_username.expect("by_username").as_deref(), Some(&account));
    let by_email = users.by_email(&email("ADA@Example.COM")).await;
    assert_eq!(by_email.expect("by_email").as_deref(), Some(&account));
}

pub(super) async fn unknown_accounts_are_none(t: Trial) {
    t.user("ada").await;
    let users = &t.store.users;
    let unknown = t.make.id();
    assert_eq!(users.account(unknown).await.expect("account"), None);
    let by_username = users.by_username(&username("ad_")).await;
    assert_eq!(by_username.expect("by_username"), None);
    let by_email = users.by_email(&email("ad_@example.com")).await;
    assert_eq!(by_email.expect("by_email"), None);
}

pub(super) async fn an_account_that_was_looked_for_is_found_once_it_exists(t: Trial) {
    let account = t.make.account("ada");
    let before = t.store.users.account(account.id).await;
    assert_eq!(before.expect("account"), None);
    t.register(new_user(account.clone())).await;
    let after = t.store.users.account(account.id).await;
    assert_eq!(after.expect("account").as_deref(), Some(&account));
}

/// Registers `account`, which must be refused and leave nothing behind.
async fn refused(t: &Trial, account: Account, field: &str) {
    let session = t.make.session(&account);
    let verification = t.make.token(TokenKind::VerifyEmail, &account);
    let (user, key) = (account.id, verification.digest);
    let new = NewUser {
        session: Some(session.clone()),
        verification: Some(verification),
        ..new_user(account)
    };
    let refused = t
        .leaves_no_envelope(user, new, async |write| t.store.users.register(write).await)
        .await;
    assert!(
        matches!(refused, Err(StoreError::Duplicate(found)) if found == field),
        "expected Duplicate({field}), got {refused:?}"
    );
    let fresh = t.fresh().await;
    assert_eq!(fresh.users.account(user).await.expect("account"), None);
    let cookie = session.cookie.expect("a cookie");
    assert_is!(fresh.sessions.by_cookie(cookie).await, Ok(None));
    assert_is!(
        fresh.sessions.refresh_record(session.refresh).await,
        Ok(None)
    );
    let verify = t.write(VerifyEmail { token: key });
    assert_is!(fresh.users.verify_email(verify).await, Ok(None));
}

pub(super) async fn register_refuses_a_taken_email_in_any_case(t: Trial) {
    let ada = t.user("ada").await;
    let mut other = t.make.account("other");
    other.email = email("ADA@example.COM");
    refused(&t, other.clone(), "email").await;
    assert_eq!(t.stored(ada.id).await, ada);
    other.email = email("other@example.com");
    t.register(new_user(other)).await;
}

pub(super) async fn register_refuses_a_taken_username_in_any_case(t: Trial) {
    let ada = t.user("ada").await;
    let mut other = t.make.account("other");
    other.username = username("aDa");
    refused(&t, other, "username").await;
    assert_eq!(t.stored(ada.id).await, ada);
}

pub(super) async fn register_names_the_email_first(t: Trial) {
    t.user("ada").await;
    let mut other = t.make.account("ada");
    refused(&t, other.clone(), "email").await;
    // Also when two different accounts hold the two.
    t.user("bob").await;
    other.email = email("bob@example.com");
    refused(&t, other, "email").await;
}

pub(super) async fn register_under_a_stored_once_is_refused(t: Trial) {
    let ada = t.user("ada").await;
    let bob = t.make.account("bob");
    let new = new_user(bob.clone());
    let refused = t
        .repeats_once(ada.id, new, async |write| {
            t.store.users.register(write).await
        })
        .await;
    assert_is!(refused, Err(StoreError::Duplicate("once")));
    let bob = t.fresh().await.users.account(bob.id).await;
    assert_eq!(bob.expect("account"), None);
}

/// A retry that another process was faster with finds its own account: it must
/// be told to replay, not that the address is taken.
pub(super) async fn once_is_looked_at_before_the_command(t: Trial) {
    let ada = t.user("ada").await;
    let new = new_user(t.make.account("ada"));
    let refused = t
        .repeats_once(ada.id, new, async |write| {
            t.store.users.register(write).await
        })
        .await;
    assert_is!(refused, Err(StoreError::Duplicate("once")));
}

pub(super) async fn parallel_registrations_of_one_email_make_one_account(t: Trial) {
    let answers = parallel(40, |number| {
        let mut account = t.make.account(&format!("user{number}"));
        let spelling: String = "ada.lovelace@example.com"
            .char_indices()
            .map(|(at, c)| {
                if number >> (at % 6) & 1 == 1 {
                    c.to_ascii_uppercase()
                } else {
                    c
                }
            })
            .collect();
        account.email = email(&spelling);
        let (users, write) = (t.store.users.clone(), t.write(new_user(account.clone())));
        async move { users.register(write).await.map(|()| account) }
    })
    .await;
    let mut made = Vec::new();
    for answer in answers {
        match answer {
            Ok(account) => made.push(account),
            Err(error) => {
                assert_is!(error, StoreError::Duplicate("email"));
            }
        }
    }
    assert_eq!(made.len(), 1, "exactly one registration succeeds");
    let fresh = t.fresh().await;
    let found = fresh.users.by_email(&made[0].email).await;
    assert_eq!(found.expect("by_email").as_deref(), Some(&made[0]));
}

/// A new account with a verification token.
async fn unverified(t: &Trial) -> (Account, NewToken) {
    let account = t.make.account("ada");
    let token = t.make.token(TokenKind::VerifyEmail, &account);
    let new = NewUser {
        verification: Some(token.clone()),
        ..new_user(account.clone())
    };
    t.register(new).await;
    (account, token)
}

pub(super) async fn verify_email_proves_the_address_once(t: Trial) {
    let (mut account, token) = unverified(&t).await;
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
async fn does_not_verify(t: &Trial, account: &Account, token: NewToken) {
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

pub(super) async fn an_expired_verification_token_is_refused(t: Trial) {
    let (account, token) = unverified(&t).await;
    t.make.later(TokenKind::VerifyEmail.lifetime());
    does_not_verify(&t, &account, token).await;
}

pub(super) async fn a_verification_token_lives_until_it_expires(t: Trial) {
    let (account, token) = unverified(&t).await;
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
    let (account, mut token) = unverified(&t).await;
    token.digest = digest("unknown");
    does_not_verify(&t, &account, token).await;
}

pub(super) async fn a_reset_token_verifies_nothing(t: Trial) {
    let (account, _) = unverified(&t).await;
    let token = t.make.token(TokenKind::ResetPassword, &account);
    t.issue(&account, &token).await;
    does_not_verify(&t, &account, token).await;
}

pub(super) async fn a_verification_token_of_another_address_is_refused(t: Trial) {
    let (account, _) = unverified(&t).await;
    let mut token = t.make.token(TokenKind::VerifyEmail, &account);
    "former@example.com".clone_into(&mut token.email_canonical);
    t.issue(&account, &token).await;
    does_not_verify(&t, &account, token).await;
}

pub(super) async fn a_reissued_verification_token_replaces_the_first(t: Trial) {
    let (account, first) = unverified(&t).await;
    let second = t.make.token(TokenKind::VerifyEmail, &account);
    t.issue(&account, &second).await;
    does_not_verify(&t, &account, first).await;
    let verify = t.write(VerifyEmail {
        token: second.digest,
    });
    assert_is!(t.store.users.verify_email(verify).await, Ok(Some(_)));
}

pub(super) async fn parallel_verifications_succeed_once(t: Trial) {
    let (account, token) = unverified(&t).await;
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
