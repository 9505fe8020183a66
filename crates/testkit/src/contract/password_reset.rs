//! `CredentialStore::reset_password`.

use std::time::Duration;

use vestibule_domain::credentials::{NewToken, ResetPassword, TokenKind};
use vestibule_domain::kernel::{Digest, UserId};
use vestibule_domain::users::{Account, NewUser};

use super::credentials::{assert_untouched, hash};
use super::trial::{Trial, assert_is, first_page, parallel};
use crate::fixtures::new_user;

fn reset(user: UserId, token: &NewToken) -> ResetPassword {
    ResetPassword {
        user,
        token: token.digest,
        password_hash: hash("reset hash"),
    }
}

/// An account, its address verified or not, with a key and a device.
async fn equipped(t: &Trial, name: &str, email_verified: bool) -> Account {
    let account = Account {
        email_verified,
        ..t.make.account(name)
    };
    t.register(new_user(account.clone())).await;
    let device = t.write(t.make.device(account.id, name));
    t.store.devices.register(device).await.expect("register");
    account
}

pub(super) async fn reset_password_sets_the_hash_and_ends_every_session(t: Trial) {
    let account = Account {
        email_verified: true,
        ..t.make.account("ada")
    };
    let first = t.make.session(&account);
    let new = NewUser {
        session: Some(first.clone()),
        ..new_user(account.clone())
    };
    t.register(new).await;
    let second = t.open_session(account.id).await;
    let (_, of_bob) = t.signed_in_user("bob").await;
    let token = t.issued(TokenKind::ResetPassword, &account).await;
    let before = t.credential(account.id).await;
    assert!(t.is_live(&first).await && t.is_live(&second).await);

    let answer = t
        .commits(account.id, reset(account.id, &token), async |write| {
            t.store.credentials.reset_password(write).await
        })
        .await;
    assert!(answer);
    let after = t.credential(account.id).await;
    assert_eq!(after.password_hash, Some(hash("reset hash")));
    assert_eq!(after.version.0, before.version.0 + 1);
    assert_eq!(after.account.auth_epoch, account.auth_epoch + 1);
    assert!(!t.is_live(&first).await && !t.is_live(&second).await);
    assert!(t.is_live(&of_bob).await);
    let gone = t.fresh().await.sessions.refresh_record(first.refresh).await;
    assert_is!(gone, Ok(None));
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
    let (ada, session) = t.signed_in_user("ada").await;
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
    assert!(t.is_live(&session).await);
}

pub(super) async fn a_first_proof_of_the_address_drops_keys_and_devices(t: Trial) {
    let ada = equipped(&t, "ada", false).await;
    let bob = equipped(&t, "bob", false).await;
    let (of_ada, of_bob) = (key(&t, ada.id).await, key(&t, bob.id).await);
    let service = t.make.api_key(None);
    let create = t.store.api_keys.create(t.write(service.clone())).await;
    create.expect("create");
    let token = t.issued(TokenKind::ResetPassword, &ada).await;
    let at = t.make.later(Duration::from_secs(1));
    let done = t
        .store
        .credentials
        .reset_password(t.write(reset(ada.id, &token)));
    assert!(done.await.expect("reset_password"));

    let after = t.stored(ada.id).await;
    assert!(after.email_verified);
    assert!(after.version > ada.version, "the account has changed");
    assert_eq!(after.updated_at, at);
    assert_eq!(devices(&t, ada.id).await, 0);
    assert_eq!(devices(&t, bob.id).await, 1);
    let keys = t.fresh().await.api_keys;
    assert_is!(keys.by_digest(of_ada).await, Ok(None));
    assert_is!(keys.by_digest(of_bob).await, Ok(Some(_)));
    assert_is!(keys.by_digest(service.digest).await, Ok(Some(_)));
}

pub(super) async fn a_reset_of_a_proved_address_leaves_keys_and_devices(t: Trial) {
    let ada = equipped(&t, "ada", true).await;
    let key = key(&t, ada.id).await;
    let token = t.issued(TokenKind::ResetPassword, &ada).await;
    let done = t
        .store
        .credentials
        .reset_password(t.write(reset(ada.id, &token)));
    assert!(done.await.expect("reset_password"));
    assert!(t.stored(ada.id).await.email_verified);
    assert_eq!(devices(&t, ada.id).await, 1);
    let key = t.fresh().await.api_keys.by_digest(key).await;
    assert_is!(key, Ok(Some(_)));
}

async fn key(t: &Trial, owner: UserId) -> Digest {
    let key = t.make.api_key(Some(owner));
    let created = t.store.api_keys.create(t.write(key.clone())).await;
    created.expect("create");
    key.digest
}

async fn devices(t: &Trial, user: UserId) -> u64 {
    let devices = t.fresh().await.devices;
    let page = devices.list(user, first_page()).await;
    page.expect("list").count
}

pub(super) async fn parallel_resets_with_one_token_succeed_once(t: Trial) {
    let ada = t.user("ada").await;
    let token = t.issued(TokenKind::ResetPassword, &ada).await;
    let before = t.credential(ada.id).await;
    let answers = parallel(50, |number| {
        let credentials = t.store.credentials.clone();
        let write = t.write(ResetPassword {
            password_hash: hash(&format!("hash {number}")),
            ..reset(ada.id, &token)
        });
        async move { credentials.reset_password(write).await.expect("reset") }
    })
    .await;
    let winners: Vec<usize> = (0..50).filter(|n| answers[*n]).collect();
    assert_eq!(winners.len(), 1, "exactly one reset succeeds");
    let after = t.credential(ada.id).await;
    assert_eq!(after.version.0, before.version.0 + 1);
    let winner = hash(&format!("hash {}", winners[0]));
    assert_eq!(after.password_hash, Some(winner));
}
