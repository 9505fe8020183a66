//! The codes that sign-ins are exchanged by.

use std::slice;
use std::time::Duration;

use vestibule_domain::identities::{AccountKey, IdentityStatus, ProviderUserId, PutLoginCode};
use vestibule_domain::kernel::{Digest, StoreError, UserId, Write};

use super::identities::{broken, clear, unlink};
use super::maintenance::MICROSECOND;
use super::trial::{ROUNDS, Trial, assert_is, parallel};
use crate::doubles::digest;
use crate::fixtures::{provider_tokens, provider_username};

/// A code for this account, for a minute.
pub(super) fn code(t: &Trial, text: &str, account: &AccountKey) -> PutLoginCode {
    PutLoginCode {
        code: digest(text),
        expires_at: t.make.now().after(Duration::from_mins(1)),
        account: account.clone(),
        username: Some(provider_username("signed in")),
        tokens: provider_tokens("signed in", None),
    }
}

pub(super) async fn put(t: &Trial, text: &str, account: &AccountKey) {
    let put = t.write(code(t, text, account));
    let put = t.store.identities.put_login_code(put).await;
    assert!(put.expect("put_login_code"));
}

pub(super) async fn taken(t: &Trial, text: &str) -> Option<UserId> {
    let identities = t.fresh().await.identities;
    let taken = identities.take_login_code(t.write(digest(text))).await;
    taken.expect("take_login_code")
}

pub(super) async fn a_code_signs_in_whoever_the_account_belongs_to(t: Trial) {
    let (ada, bob) = (t.user("ada").await, t.user("bob").await);
    let identity = t.identity(ada.id, "ada").await;
    let of_bob = t.identity(bob.id, "bob").await;
    let account_of_ada = identity.account.clone();
    let account_of_bob = of_bob.account.clone();
    let mut identity = broken(&t, &identity).await;
    let at = t.make.later(Duration::from_mins(5));
    let stored = t
        .commits(ada.id, code(&t, "code", &identity.account), async |write| {
            t.store.identities.put_login_code(write).await
        })
        .await;
    assert!(stored);
    identity.username = Some(provider_username("signed in"));
    identity.status = IdentityStatus::Active;
    identity.verified_at = at;
    identity.version.0 += 1;
    assert_eq!(
        t.tokens_of(&identity).await,
        Some(clear(&provider_tokens("signed in", None)))
    );
    assert_eq!(t.identities(ada.id).await, [identity]);
    assert_eq!(t.identities(bob.id).await, [of_bob]);
    put(&t, "second", &account_of_ada).await;
    put(&t, "of bob", &account_of_bob).await;
    let call = async |write: Write<Digest>| t.store.identities.take_login_code(write).await;
    let user = t.commits(ada.id, digest("code"), call).await;
    assert_eq!(user, Some(ada.id));
    let again = t.leaves_no_envelope(ada.id, digest("code"), call).await;
    assert_is!(again, Ok(None));
    assert_eq!(taken(&t, "second").await, Some(ada.id));
    assert_eq!(taken(&t, "of bob").await, Some(bob.id));
}

pub(super) async fn a_code_of_no_identity_is_not_stored(t: Trial) {
    let ada = t.user("ada").await;
    let mut account = t.identity(ada.id, "ada").await.account;
    account.id = ProviderUserId::parse("somebody else").expect("an id");
    let stored = t
        .leaves_no_envelope(ada.id, code(&t, "code", &account), async |write| {
            t.store.identities.put_login_code(write).await
        })
        .await;
    assert_is!(stored, Ok(false));
    assert_eq!(taken(&t, "code").await, None);
}

pub(super) async fn a_code_ends_at_its_time(t: Trial) {
    let ada = t.user("ada").await;
    let account = t.identity(ada.id, "ada").await.account;
    for text in ["in time", "too late"] {
        put(&t, text, &account).await;
    }
    t.make
        .later(Duration::from_mins(1).saturating_sub(MICROSECOND));
    assert_eq!(taken(&t, "in time").await, Some(ada.id));
    t.make.later(MICROSECOND);
    assert_eq!(taken(&t, "too late").await, None);
}

pub(super) async fn a_code_dies_with_its_identity(t: Trial) {
    let ada = t.user("ada").await;
    let identity = t.identity(ada.id, "ada").await;
    let other = t.identity(ada.id, "other").await;
    put(&t, "code", &identity.account).await;
    put(&t, "other", &other.account).await;
    let gone = t.store.identities.unlink(t.write(unlink(&identity)));
    gone.await.expect("unlink");
    assert_eq!(taken(&t, "code").await, None);
    assert_eq!(taken(&t, "other").await, Some(ada.id));
}

pub(super) async fn a_code_under_a_stored_once_is_neither_put_nor_taken(t: Trial) {
    let ada = t.user("ada").await;
    let identity = t.identity(ada.id, "ada").await;
    let answer = t
        .repeats_once(ada.id, code(&t, "new", &identity.account), async |write| {
            t.store.identities.put_login_code(write).await
        })
        .await;
    assert_is!(answer, Err(StoreError::Duplicate("once")));
    assert_eq!(taken(&t, "new").await, None);
    assert_eq!(t.identities(ada.id).await, slice::from_ref(&identity));
    put(&t, "code", &identity.account).await;
    let answer = t
        .repeats_once(ada.id, digest("code"), async |write| {
            t.store.identities.take_login_code(write).await
        })
        .await;
    assert_is!(answer, Err(StoreError::Duplicate("once")));
    assert_eq!(taken(&t, "code").await, Some(ada.id));
}

pub(super) async fn parallel_exchanges_of_one_code_succeed_once(t: Trial) {
    let ada = t.user("ada").await;
    let account = t.identity(ada.id, "ada").await.account;
    for round in 0..ROUNDS {
        let text = format!("code {round}");
        put(&t, &text, &account).await;
        let users = parallel(20, |_| {
            let (identities, write) = (t.store.identities.clone(), t.write(digest(&text)));
            async move { identities.take_login_code(write).await.expect("take") }
        })
        .await;
        assert_eq!(users.iter().flatten().count(), 1);
    }
}
