use std::fmt::Debug;
use std::ops::AsyncFn;
use std::slice;
use std::time::Duration;

use vestibule_domain::identities::{
    Checked, Identity, IdentityRule, IdentityStatus, InstanceClient, InstanceName, LinkIdentity,
    Linked, ProviderTokens, RecordCheck, UnlinkIdentity,
};
use vestibule_domain::kernel::{GuardError, Secret, StoreError, UserId, Version, Write};
use vestibule_domain::users::{Account, NewUser};

use super::paging::{SHUFFLED, check_paging, first_page};
use super::trial::{ROUNDS, Trial, assert_is, at_once};
use crate::fixtures::{new_user, provider, provider_tokens};

pub(super) use super::faults::identities as a_store_that_is_down_is_unavailable;
pub(super) use super::own_writes::identities as own_writes_are_read_at_once;

impl Trial {
    pub(super) async fn link(&self, link: LinkIdentity) -> Linked {
        let linked = self.store.identities.link(self.write(link)).await;
        linked.expect("link")
    }

    /// A linked identity of this name at GitHub.
    pub(super) async fn identity(&self, user: UserId, name: &str) -> Identity {
        let link = self.make.identity(user, "github", name);
        self.link(link).await.identity
    }

    /// The user's identities, newest first, through a fresh handle; makes sure
    /// that each is found as it is listed.
    pub(super) async fn identities(&self, user: UserId) -> Vec<Identity> {
        let identities = self.fresh().await.identities;
        let page = identities.list(user, first_page()).await.expect("list");
        assert_eq!(page.count, page.items.len() as u64);
        for identity in &page.items {
            let found = identities.find(user, identity.id).await.expect("find");
            assert_eq!(found.as_ref(), Some(identity), "found as it is listed");
        }
        page.items
    }

    /// The tokens of an identity, in the clear, through a fresh handle.
    pub(super) async fn tokens_of(&self, identity: &Identity) -> Option<Clear> {
        let identities = self.fresh().await.identities;
        let tokens = identities.tokens(identity.user, identity.id).await;
        tokens.expect("tokens").as_ref().map(clear)
    }

    /// An account that has no password.
    pub(super) async fn without_password(&self, name: &str) -> Account {
        let account = self.make.account(name);
        let new = NewUser {
            password_hash: None,
            ..new_user(account.clone())
        };
        self.register(new).await;
        account
    }
}

/// Tokens that can be compared: access, refresh, end.
pub(super) type Clear = (String, Option<String>, Option<i64>);

pub(super) fn clear(tokens: &ProviderTokens) -> Clear {
    (
        tokens.access.expose().to_owned(),
        tokens
            .refresh
            .as_ref()
            .map(|refresh| refresh.expose().to_owned()),
        tokens
            .expires_at
            .map(vestibule_domain::kernel::Timestamp::as_micros),
    )
}

pub(super) fn unlink(identity: &Identity) -> UnlinkIdentity {
    UnlinkIdentity {
        user: identity.user,
        identity: identity.id,
        expected: None,
        providers: vec![provider("github"), provider("corp")],
    }
}

pub(super) fn refused(identity: &Identity) -> RecordCheck {
    RecordCheck {
        user: identity.user,
        identity: identity.id,
        checked: Checked::Refused {
            asked: identity.version,
        },
    }
}

/// The identity after its provider refused it.
pub(super) async fn broken(t: &Trial, identity: &Identity) -> Identity {
    let record = t.write(refused(identity));
    let recorded = t.store.identities.record_check(record).await;
    recorded.expect("record_check").expect("an identity")
}

pub(super) async fn identities_are_listed_newest_first(t: Trial) {
    let (ada, bob) = (t.user("ada").await, t.user("bob").await);
    let mut of_ada = Vec::new();
    for number in 0..7 {
        of_ada.push(t.make.identity(ada.id, "github", &format!("ada {number}")));
        t.identity(bob.id, &format!("bob {number}")).await;
    }
    for place in SHUFFLED {
        t.link(of_ada[place].clone()).await;
        t.make.later(Duration::from_secs(1));
    }
    let ids: Vec<_> = of_ada.iter().rev().map(|link| link.id).collect();
    let identities = t.fresh().await.identities;
    check_paging(
        &ids,
        |identity: &Identity| identity.id,
        async |page| identities.list(ada.id, page).await.expect("list"),
    )
    .await;
}

pub(super) async fn an_identity_is_its_own_users_only(t: Trial) {
    let (ada, bob) = (t.user("ada").await, t.user("bob").await);
    let identity = t.identity(ada.id, "ada").await;
    let identities = &t.store.identities;
    for (user, id) in [
        (bob.id, identity.id),
        (ada.id, t.make.id()),
        (t.make.id(), identity.id),
    ] {
        assert_is!(identities.find(user, id).await, Ok(None));
        assert_is!(identities.tokens(user, id).await, Ok(None));
    }
    assert_eq!(t.identities(bob.id).await, []);
}

pub(super) async fn a_confirmed_check_replaces_username_and_tokens(t: Trial) {
    let ada = t.user("ada").await;
    let identity = t.identity(ada.id, "ada").await;
    let other = t.identity(ada.id, "other").await;
    let mut identity = broken(&t, &identity).await;
    let at = t.make.later(Duration::from_mins(1));
    let record = RecordCheck {
        user: ada.id,
        identity: identity.id,
        checked: Checked::Confirmed {
            username: None,
            tokens: provider_tokens("new", None),
        },
    };
    let answer = t
        .commits(ada.id, record, async |write| {
            t.store.identities.record_check(write).await
        })
        .await;
    identity.username = None;
    identity.status = IdentityStatus::Active;
    identity.verified_at = at;
    identity.version.0 += 1;
    assert_eq!(answer.as_ref(), Some(&identity));
    assert_eq!(
        t.tokens_of(&identity).await,
        Some(clear(&provider_tokens("new", None)))
    );
    assert_eq!(t.identities(ada.id).await, [other, identity]);
}

pub(super) async fn a_refused_check_breaks_the_identity(t: Trial) {
    let ada = t.user("ada").await;
    let mut identity = t.identity(ada.id, "ada").await;
    let other = t.identity(ada.id, "other").await;
    let tokens = t.tokens_of(&identity).await;
    t.make.later(Duration::from_mins(1));
    let answer = t
        .commits(ada.id, refused(&identity), async |write| {
            t.store.identities.record_check(write).await
        })
        .await;
    identity.status = IdentityStatus::Broken;
    identity.version.0 += 1;
    assert_eq!(answer.as_ref(), Some(&identity));
    assert_eq!(t.tokens_of(&identity).await, tokens);
    assert_eq!(t.identities(ada.id).await, [other, identity]);
}

pub(super) async fn a_check_that_was_overtaken_is_refused(t: Trial) {
    let ada = t.user("ada").await;
    let first = t.identity(ada.id, "ada").await;
    let link = t.make.identity(ada.id, "github", "ada");
    let second = t.link(link).await.identity;
    let answer = t
        .leaves_no_envelope(ada.id, refused(&first), async |write| {
            t.store.identities.record_check(write).await
        })
        .await;
    assert_is!(answer, Err(StoreError::Conflict));
    assert_eq!(t.identities(ada.id).await, [second]);
}

pub(super) async fn a_check_of_no_own_identity_changes_nothing(t: Trial) {
    let (ada, bob) = (t.user("ada").await, t.user("bob").await);
    let identity = t.identity(ada.id, "ada").await;
    let call = async |write: Write<RecordCheck>| t.store.identities.record_check(write).await;
    for (user, id) in [(bob.id, identity.id), (ada.id, t.make.id())] {
        let record = RecordCheck {
            user,
            identity: id,
            ..refused(&identity)
        };
        let answer = t.leaves_no_envelope(ada.id, record, call).await;
        assert_is!(answer, Ok(None));
    }
    let answer = t.repeats_once(ada.id, refused(&identity), call).await;
    assert_is!(answer, Err(StoreError::Duplicate("once")));
    assert_eq!(t.identities(ada.id).await, [identity]);
}

pub(super) async fn unlink_forgets_the_identity(t: Trial) {
    let (ada, bob) = (t.user("ada").await, t.user("bob").await);
    let identity = t.identity(ada.id, "ada").await;
    let other = t.identity(ada.id, "other").await;
    let of_bob = t.identity(bob.id, "bob").await;
    let call = async |write| t.store.identities.unlink(write).await;
    t.commits(ada.id, unlink(&identity), call).await;
    assert_eq!(t.tokens_of(&identity).await, None);
    assert_eq!(t.identities(ada.id).await, [other]);
    assert_eq!(t.identities(bob.id).await, slice::from_ref(&of_bob));
    let again = t.leaves_no_envelope(ada.id, unlink(&identity), call).await;
    assert_is!(again, Err(GuardError::Rule(IdentityRule::NotFound)));
    let linked = t.link(t.make.identity(bob.id, "github", "ada")).await;
    assert!(linked.created, "the account is free");
    assert_eq!(t.identities(bob.id).await, [linked.identity, of_bob]);
}

/// Sends refusals of an unlinking, and makes sure that all is left.
async fn refusals<T: Debug>(
    t: &Trial,
    call: impl AsyncFn(Write<UnlinkIdentity>) -> Result<T, GuardError<IdentityRule>>,
) {
    let (ada, bob) = (t.user("ada").await, t.user("bob").await);
    let identity = t.identity(ada.id, "ada").await;
    let of_bob = t.identity(bob.id, "bob").await;
    for (user, id) in [
        (bob.id, identity.id),
        (ada.id, of_bob.id),
        (ada.id, t.make.id()),
        (t.make.id(), identity.id),
    ] {
        let command = UnlinkIdentity {
            user,
            identity: id,
            ..unlink(&identity)
        };
        let answer = t.leaves_no_envelope(ada.id, command, &call).await;
        assert_is!(answer, Err(GuardError::Rule(IdentityRule::NotFound)));
    }
    for version in [identity.version.0 - 1, identity.version.0 + 1] {
        let stale = UnlinkIdentity {
            expected: Some(Version(version)),
            ..unlink(&identity)
        };
        let answer = t.leaves_no_envelope(ada.id, stale, &call).await;
        assert_is!(answer, Err(GuardError::Store(StoreError::Conflict)));
    }
    // Another one at another version does not count.
    let link = t.make.identity(ada.id, "github", "other");
    t.link(link.clone()).await;
    let other = t.link(link).await.identity;
    assert_ne!(other.version, identity.version);
    let current = UnlinkIdentity {
        expected: Some(identity.version),
        ..unlink(&identity)
    };
    let answer = t.repeats_once(ada.id, current.clone(), &call).await;
    assert_is!(
        answer,
        Err(GuardError::Store(StoreError::Duplicate("once")))
    );
    assert_eq!(t.identities(ada.id).await, [other.clone(), identity]);
    assert_eq!(t.identities(bob.id).await, [of_bob]);
    call(t.write(current)).await.expect("at its version");
    assert_eq!(t.identities(ada.id).await, [other]);
}

pub(super) async fn a_refused_unlinking_leaves_the_identity(t: Trial) {
    refusals(&t, async |write| t.store.identities.unlink(write).await).await;
}

pub(super) async fn the_last_way_to_log_in_stays(t: Trial) {
    let ada = t.without_password("ada").await;
    let call = async |write| t.store.identities.unlink(write).await;
    let last = t.identity(ada.id, "ada").await;
    let of_other = t.make.identity(ada.id, "gone", "ada");
    let of_other = t.link(of_other).await.identity;
    let mut second = t.make.identity(ada.id, "corp", "ada");
    second.account.instance = None;
    let second = t.link(second).await.identity;
    let second = broken(&t, &second).await;
    let answer = t.leaves_no_envelope(ada.id, unlink(&last), call).await;
    assert_is!(answer, Err(GuardError::Rule(IdentityRule::LastWayToLogIn)));
    let all = [second.clone(), of_other.clone(), last.clone()];
    assert_eq!(t.identities(ada.id).await, all);
    // What does not sign in may go, and the last one when another does.
    call(t.write(unlink(&of_other))).await.expect("unlink");
    let record = t.write(RecordCheck {
        user: ada.id,
        identity: second.id,
        checked: Checked::Confirmed {
            username: None,
            tokens: provider_tokens("new", None),
        },
    });
    let recorded = t.store.identities.record_check(record).await;
    let second = recorded.expect("record_check").expect("an identity");
    call(t.write(unlink(&last))).await.expect("unlink");
    assert_eq!(t.identities(ada.id).await, [second]);
}

pub(super) async fn parallel_unlinkings_leave_one_way_to_log_in(t: Trial) {
    for round in 0..ROUNDS {
        let ada = t.without_password(&format!("ada{round}")).await;
        let mut calls = Vec::new();
        for number in 0..6 {
            let identity = t.identity(ada.id, &format!("{round} {number}")).await;
            let (identities, write) = (t.store.identities.clone(), t.write(unlink(&identity)));
            calls.push(async move { identities.unlink(write).await });
        }
        let answers = at_once(calls).await;
        let refused = answers.iter().filter(|answer| match answer {
            Ok(()) => false,
            Err(GuardError::Rule(IdentityRule::LastWayToLogIn)) => true,
            Err(other) => panic!("{other:?}"),
        });
        assert_eq!(refused.count(), 1);
        assert_eq!(t.identities(ada.id).await.len(), 1);
    }
}

pub(super) async fn a_registration_at_an_instance_is_kept_once(t: Trial) {
    let ada = t.user("ada").await;
    let instance = InstanceName::parse("mastodon.social").expect("an instance");
    let client = |id: &str, secret: &str| InstanceClient {
        provider: provider("mastodon"),
        instance: instance.clone(),
        client_id: id.to_owned(),
        client_secret: Secret::new(secret),
    };
    let identities = &t.store.identities;
    let none = identities.client(&provider("mastodon"), &instance).await;
    assert!(none.expect("client").is_none());
    let kept = t
        .commits(ada.id, client("first", "secret \u{1f4a1}"), async |write| {
            identities.keep_client(write).await
        })
        .await;
    assert_eq!(kept.client_id, "first");
    let kept = identities.keep_client(t.write(client("second", "other")));
    assert_eq!(kept.await.expect("keep_client").client_id, "first");
    let fresh = t.fresh().await.identities;
    let found = fresh.client(&provider("mastodon"), &instance).await;
    let found = found.expect("client").expect("a registration");
    assert_eq!(found.provider, provider("mastodon"));
    assert_eq!(found.instance, instance);
    assert_eq!(found.client_id, "first");
    assert_eq!(found.client_secret.expose(), "secret \u{1f4a1}");
    let elsewhere = InstanceName::parse("other.example").expect("an instance");
    let none = fresh.client(&provider("mastodon"), &elsewhere).await;
    assert!(none.expect("client").is_none());
    let none = fresh.client(&provider("pixelfed"), &instance).await;
    assert!(none.expect("client").is_none());
}
