//! What concerns accounts and credentials alike.

use std::sync::Arc;
use std::time::Duration;

use vestibule_domain::credentials::{IssueToken, NewToken, ReplacePassword, TokenKind};
use vestibule_domain::kernel::{Once, StoreError};
use vestibule_domain::users::{Account, NewUser, UpdateUser, UserChanges, VerifyEmail};

use super::credentials::hash;
use super::password_reset::{reset, reset_of};
use super::trial::{FIRST_CREDENTIAL, Trial, assert_is};
use super::users::assert_found;
use super::verification::{does_not_verify, unverified};
use crate::doubles::digest;
use crate::fixtures::new_user;

pub(super) async fn register_stores_the_credential(t: Trial) {
    let account = t.make.full_account("ada");
    t.register(new_user(account.clone())).await;
    let credential = t.credential(account.id).await;
    assert_eq!(*credential.account, account);
    assert_eq!(credential.password_hash, Some(hash("hash of ada")));
    assert_eq!(credential.version, FIRST_CREDENTIAL);
}

pub(super) async fn register_stores_an_absent_password_as_absent(t: Trial) {
    let account = t.make.account("ada");
    let new = NewUser {
        password_hash: None,
        ..new_user(account.clone())
    };
    t.register(new).await;
    let credential = t.credential(account.id).await;
    assert_eq!(credential.password_hash, None);
    assert_eq!(credential.version, FIRST_CREDENTIAL);
}

pub(super) async fn a_credential_that_was_looked_for_is_found_once_it_exists(t: Trial) {
    let ada = t.make.account("ada");
    let credentials = &t.store.credentials;
    assert_is!(credentials.by_user(ada.id).await, Ok(None));
    assert_is!(credentials.by_username(&ada.username).await, Ok(None));
    assert_is!(credentials.by_email(&ada.email).await, Ok(None));
    t.register(new_user(ada.clone())).await;
    assert_is!(credentials.by_user(ada.id).await, Ok(Some(_)));
    assert_is!(credentials.by_username(&ada.username).await, Ok(Some(_)));
    assert_is!(credentials.by_email(&ada.email).await, Ok(Some(_)));
}

pub(super) async fn a_refused_registration_leaves_no_credential(t: Trial) {
    let ada = t.user("ada").await;
    let other = Account {
        email: ada.email.clone(),
        ..t.make.account("other")
    };
    let new = NewUser {
        password_hash: Some(hash("of other")),
        ..new_user(other.clone())
    };
    let refused = t.store.users.register(t.write(new)).await;
    assert_is!(refused, Err(StoreError::Duplicate("email")));
    let credentials = t.fresh().await.credentials;
    assert_is!(credentials.by_user(other.id).await, Ok(None));
    assert_is!(credentials.by_username(&other.username).await, Ok(None));
    let credential = credentials.by_email(&other.email).await;
    let credential = credential.expect("by_email").expect("a credential");
    assert_eq!(*credential.account, ada);
    assert_eq!(credential.password_hash, Some(hash("hash of ada")));
}

pub(super) async fn an_update_shows_in_the_credential_alone(t: Trial) {
    let ada = t.user("ada").await;
    let before = t.credential(ada.id).await;
    let update = t.write(UpdateUser {
        user: ada.id,
        expected: None,
        changes: UserChanges {
            is_admin: Some(true),
            ..UserChanges::default()
        },
        end_sessions: true,
    });
    let updated = t.store.users.update(update).await.expect("update");
    let after = t.credential(ada.id).await;
    assert_eq!(after.account, updated);
    assert_eq!(after.password_hash, before.password_hash);
    assert_eq!(
        after.version, before.version,
        "the password has not changed"
    );
}

/// Whether the token proves the address of its account.
async fn verifies(t: &Trial, token: &NewToken) -> bool {
    let verify = t.write(VerifyEmail {
        token: token.digest,
    });
    let verified = t.store.users.verify_email(verify).await;
    verified.expect("verify_email").is_some()
}

pub(super) async fn a_reset_token_verifies_nothing(t: Trial) {
    let (account, _) = unverified(&t, "ada").await;
    let token = t.issued(TokenKind::ResetPassword, &account).await;
    does_not_verify(&t, &account, &token).await;
    assert!(t.resets(account.id, &token).await, "it is not spent");
}

pub(super) async fn a_reissued_verification_token_replaces_the_first(t: Trial) {
    let (account, first) = unverified(&t, "ada").await;
    let (_, of_bob) = unverified(&t, "bob").await;
    let reset = t.issued(TokenKind::ResetPassword, &account).await;
    let second = t.issued(TokenKind::VerifyEmail, &account).await;
    does_not_verify(&t, &account, &first).await;
    assert!(t.resets(account.id, &reset).await, "it is of another kind");
    assert!(verifies(&t, &second).await);
    assert!(verifies(&t, &of_bob).await, "it is another user's");
}

pub(super) async fn a_refused_token_replaces_none(t: Trial) {
    let (account, first) = unverified(&t, "ada").await;
    let second = t.make.token(TokenKind::VerifyEmail, &account);
    let command = IssueToken {
        user: account.id,
        token: second.clone(),
    };
    let refused = t
        .repeats_once(account.id, command, async |write| {
            t.store.credentials.issue_token(write).await
        })
        .await;
    assert_is!(refused, Err(StoreError::Duplicate("once")));
    does_not_verify(&t, &account, &second).await;
    assert!(verifies(&t, &first).await);
}

pub(super) async fn an_issued_reset_token_leaves_that_of_the_address(t: Trial) {
    let (account, verify) = unverified(&t, "ada").await;
    t.issued(TokenKind::ResetPassword, &account).await;
    assert!(verifies(&t, &verify).await);
}

pub(super) async fn replace_password_leaves_the_token_of_the_address(t: Trial) {
    let (account, verify) = unverified(&t, "ada").await;
    let replace = t.write(ReplacePassword {
        user: account.id,
        checked: FIRST_CREDENTIAL,
        password_hash: hash("new hash"),
        keep: None,
    });
    let replaced = t.store.credentials.replace_password(replace).await;
    replaced.expect("replace_password");
    assert!(verifies(&t, &verify).await);
}

pub(super) async fn a_reset_leaves_the_token_of_the_address(t: Trial) {
    let ada = t.user("ada").await;
    let key = t.issued(TokenKind::VerifyEmail, &ada).await;
    reset_of(&t, &ada).await;
    let verify = t.write(VerifyEmail { token: key.digest });
    assert_is!(t.store.users.verify_email(verify).await, Ok(Some(_)));
}

pub(super) async fn proof_of_the_address_leaves_the_reset_token(t: Trial) {
    let (account, verify) = unverified(&t, "ada").await;
    let reset = t.issued(TokenKind::ResetPassword, &account).await;
    let before = t.credential(account.id).await;
    assert!(verifies(&t, &verify).await);
    assert!(t.resets(account.id, &reset).await);
    let after = t.credential(account.id).await;
    assert_eq!(after.password_hash, before.password_hash);
    assert_eq!(after.version, before.version);
}

pub(super) async fn an_account_may_start_with_a_token_that_sets_its_password(t: Trial) {
    let account = t.make.account("ada");
    let token = NewToken {
        // Longer than the tokens that are asked for.
        expires_at: t.make.now().after(Duration::from_hours(7 * 24)),
        ..t.make.token(TokenKind::ResetPassword, &account)
    };
    let new = NewUser {
        password_hash: None,
        token: Some(token.clone()),
        ..new_user(account.clone())
    };
    let once = Once {
        key: digest("key"),
        fingerprint: digest("body"),
        user: Some(account.id),
        seal: Arc::new(|()| b"answer".to_vec()),
    };
    let write = t.write(new).once(Some(once));
    t.store.users.register(write).await.expect("register");
    assert_found(&t, &account).await;
    let record = t.fresh().await.once;
    let record = record.find(digest("key"), t.make.now()).await;
    assert!(record.expect("find").is_some(), "the record is kept");
    let now = t.make.later(Duration::from_hours(7 * 24 - 1));
    let credentials = t.fresh().await.credentials;
    let found = credentials.by_reset_token(account.id, token.digest, now);
    let found = found.await.expect("by_reset_token").expect("a credential");
    assert_eq!(found.password_hash, None);
    let done = t.write(reset(account.id, &token));
    assert_is!(credentials.reset_password(done).await, Ok(true));
    let after = t.credential(account.id).await;
    assert!(after.account.email_verified);
    assert!(after.password_hash.is_some());
}
