//! `IdentityStore::link`.

use std::slice;
use std::sync::Arc;
use std::time::Duration;

use vestibule_domain::identities::{
    AccountKey, Identity, IdentityRule, IdentityStatus, InstanceName, LinkIdentity, MAX_IDENTITIES,
    ProviderTokens, ProviderUserId, ProviderUsername,
};
use vestibule_domain::kernel::{GuardError, Once, Secret, StoreError, Version};

use super::identities::{broken, clear};
use super::trial::{ROUNDS, Trial, assert_is, at_once};
use crate::doubles::digest;
use crate::fixtures::provider;

pub(super) async fn link_stores_every_field(t: Trial) {
    let ada = t.user("ada").await;
    let link = t.make.identity(ada.id, "mastodon", "Adá \u{1f4a1}");
    assert!(link.account.instance.is_some() && link.username.is_some());
    let expected = Identity {
        id: link.id,
        user: ada.id,
        account: link.account.clone(),
        username: link.username.clone(),
        status: IdentityStatus::Active,
        created_at: t.make.now(),
        verified_at: t.make.now(),
        version: Version(1),
    };
    let tokens = clear(&link.tokens);
    assert!(tokens.1.is_some() && tokens.2.is_some());
    let (linked, sealed) = t
        .commits_sealing(ada.id, link, async |write| {
            t.store.identities.link(write).await
        })
        .await;
    assert!(linked.created);
    assert_eq!(linked.identity, expected);
    assert_eq!(sealed, format!("{linked:?}"), "what the replay answers");
    assert_eq!(t.tokens_of(&expected).await, Some(tokens));
    assert_eq!(t.identities(ada.id).await, [expected]);
}

pub(super) async fn link_stores_what_is_absent_as_absent(t: Trial) {
    let ada = t.user("ada").await;
    let mut link = t.make.identity(ada.id, "github", "ada");
    link.account.instance = None;
    link.username = None;
    link.tokens = ProviderTokens {
        access: Secret::new("access"),
        refresh: None,
        expires_at: None,
    };
    let identity = t.link(link).await.identity;
    assert_eq!(
        (&identity.username, &identity.account.instance),
        (&None, &None)
    );
    let tokens = t.tokens_of(&identity).await;
    assert_eq!(tokens, Some(("access".to_owned(), None, None)));
    assert_eq!(t.identities(ada.id).await, [identity]);
}

pub(super) async fn link_stores_the_longest_values(t: Trial) {
    let ada = t.user("ada").await;
    let longest = "\u{1f4a1}".repeat(255);
    let mut link = t.make.identity(ada.id, "github", "ada");
    link.account.id = ProviderUserId::parse(&longest).expect("an id");
    link.username = Some(ProviderUsername::parse(&longest).expect("a username"));
    link.tokens.access = Secret::new("a".repeat(20_000));
    let tokens = clear(&link.tokens);
    let identity = t.link(link).await.identity;
    let stored = t.identities(ada.id).await;
    assert_eq!(stored, slice::from_ref(&identity));
    assert_eq!(stored[0].account.id.as_str(), longest);
    assert_eq!(t.tokens_of(&identity).await, Some(tokens));
}

pub(super) async fn accounts_are_told_apart_by_every_part(t: Trial) {
    let (ada, bob) = (t.user("ada").await, t.user("bob").await);
    let of = |user, change: fn(&mut AccountKey)| {
        let mut link = t.make.identity(user, "mastodon", "ada");
        change(&mut link.account);
        link
    };
    assert!(t.link(of(ada.id, |_| {})).await.created);
    let changes: [fn(&mut AccountKey); 4] = [
        |key| key.provider = provider("pixelfed"),
        |key| key.instance = None,
        |key| key.instance = InstanceName::parse("other.example").ok(),
        |key| key.id = ProviderUserId::parse("ID OF ADA").expect("an id"),
    ];
    for change in changes {
        assert!(t.link(of(bob.id, change)).await.created);
    }
    assert_eq!(t.identities(ada.id).await.len(), 1);
    assert_eq!(t.identities(bob.id).await.len(), 4);
    // Without an instance an account is one account, too.
    let again = t
        .store
        .identities
        .link(t.write(of(ada.id, |key| key.instance = None)));
    assert_is!(again.await, Err(GuardError::Rule(IdentityRule::Taken)));
}

pub(super) async fn an_account_linked_again_keeps_its_identity(t: Trial) {
    let ada = t.user("ada").await;
    let first = t.identity(ada.id, "ada").await;
    let mut expected = broken(&t, &first).await;
    let at = t.make.later(Duration::from_mins(1));
    let mut link = t.make.identity(ada.id, "github", "ada");
    link.username = Some(ProviderUsername::parse("ada_l").expect("a username"));
    link.tokens.access = Secret::new("another");
    let tokens = clear(&link.tokens);
    let linked = t
        .commits(ada.id, link, async |write| {
            t.store.identities.link(write).await
        })
        .await;
    expected.username = Some(ProviderUsername::parse("ada_l").expect("a username"));
    expected.status = IdentityStatus::Active;
    expected.verified_at = at;
    expected.version.0 += 1;
    assert!(!linked.created);
    assert_eq!(linked.identity, expected);
    assert_eq!(t.tokens_of(&expected).await, Some(tokens));
    assert_eq!(t.identities(ada.id).await, [expected]);
}

pub(super) async fn an_account_of_another_user_is_taken(t: Trial) {
    let (ada, bob) = (t.user("ada").await, t.user("bob").await);
    let identity = t.identity(ada.id, "ada").await;
    let tokens = t.tokens_of(&identity).await;
    let link = t.make.identity(bob.id, "github", "ada");
    let answer = t
        .leaves_no_envelope(bob.id, link, async |write| {
            t.store.identities.link(write).await
        })
        .await;
    assert_is!(answer, Err(GuardError::Rule(IdentityRule::Taken)));
    assert_eq!(t.tokens_of(&identity).await, tokens);
    assert_eq!(t.identities(ada.id).await, [identity]);
    assert_eq!(t.identities(bob.id).await, []);
}

pub(super) async fn link_beyond_the_quota_is_refused(t: Trial) {
    let (ada, bob) = (t.user("ada").await, t.user("bob").await);
    for number in 0..MAX_IDENTITIES {
        t.identity(ada.id, &format!("ada {number}")).await;
    }
    let link = t.make.identity(ada.id, "github", "one too many");
    let answer = t
        .leaves_no_envelope(ada.id, link, async |write| {
            t.store.identities.link(write).await
        })
        .await;
    let quota = MAX_IDENTITIES;
    assert!(matches!(
        answer,
        Err(GuardError::Rule(IdentityRule::QuotaExceeded { quota: q })) if q == quota
    ));
    // One that is linked already is no more.
    let again = t.link(t.make.identity(ada.id, "github", "ada 0")).await;
    assert!(!again.created);
    t.identity(bob.id, "bob").await;
    assert_eq!(t.identities(ada.id).await.len(), quota as usize);
}

pub(super) async fn link_without_account_is_missing(t: Trial) {
    let ada = t.user("ada").await;
    let nobody = t.make.id();
    let link = t.make.identity(nobody, "github", "ada");
    let answer = t
        .leaves_no_envelope(ada.id, link, async |write| {
            t.store.identities.link(write).await
        })
        .await;
    assert_is!(answer, Err(GuardError::Store(StoreError::Missing("user"))));
    assert!(
        t.link(t.make.identity(ada.id, "github", "ada"))
            .await
            .created
    );
}

pub(super) async fn link_under_a_stored_once_is_refused(t: Trial) {
    let (ada, bob) = (t.user("ada").await, t.user("bob").await);
    let identity = t.identity(ada.id, "ada").await;
    let links = [
        t.make.identity(ada.id, "github", "ada"),
        t.make.identity(ada.id, "github", "new"),
        t.make.identity(bob.id, "github", "ada"),
    ];
    for link in links {
        let answer = t
            .repeats_once(link.user, link, async |write| {
                t.store.identities.link(write).await
            })
            .await;
        assert_is!(
            answer,
            Err(GuardError::Store(StoreError::Duplicate("once")))
        );
    }
    assert_eq!(t.identities(ada.id).await, [identity]);
    assert_eq!(t.identities(bob.id).await, []);
}

pub(super) async fn parallel_links_of_one_account_make_one_identity(t: Trial) {
    for round in 0..ROUNDS {
        let mut calls = Vec::new();
        let mut users = Vec::new();
        for number in 0..8 {
            let user = t.user(&format!("user{round}x{number}")).await;
            let link: LinkIdentity = t.make.identity(user.id, "github", &format!("{round}"));
            let once = Once {
                key: digest(&format!("key {round} {number}")),
                fingerprint: digest("body"),
                user: Some(user.id),
                seal: Arc::new(|_| Vec::new()),
            };
            let write = t.write(link).once(Some(once));
            let identities = t.store.identities.clone();
            users.push(user.id);
            calls.push(async move { identities.link(write).await });
        }
        let answers = at_once(calls).await;
        let linked = answers.iter().filter(|answer| match answer {
            Ok(linked) => linked.created,
            Err(GuardError::Rule(IdentityRule::Taken)) => false,
            Err(other) => panic!("{other:?}"),
        });
        assert_eq!(linked.count(), 1);
        let mut count = 0;
        for user in users {
            count += t.identities(user).await.len();
        }
        assert_eq!(count, 1);
    }
}
