use std::time::Duration;

use vestibule_domain::api_keys::{ApiKey, HeldKey, KeyRule, NewApiKey, OwnerFacts, Scope};
use vestibule_domain::kernel::{GuardError, StoreError, UserId, kinds};
use vestibule_domain::users::Account;

use super::paging::{SHUFFLED, check_paging, first_page};
use super::trial::{ROUNDS, Trial, assert_is, parallel};
use crate::doubles::digest;
use crate::fixtures::new_user;

pub(super) use super::api_key_changes::own_writes_are_read_at_once;
pub(super) use super::faults::api_keys as a_store_that_is_down_is_unavailable;

impl Trial {
    /// An administrator who may have keys.
    pub(super) async fn key_owner(&self, name: &str) -> Account {
        let account = Account {
            can_manage_api_environment: true,
            is_admin: true,
            ..self.make.account(name)
        };
        self.register(new_user(account.clone())).await;
        account
    }

    /// A stored key.
    pub(super) async fn key(&self, owner: Option<UserId>) -> NewApiKey {
        let key = self.make.api_key(owner);
        let created = self.store.api_keys.create(self.write(key.clone())).await;
        created.expect("create");
        key
    }

    /// The keys of a user, or all of them, newest first, through a fresh
    /// handle; makes sure that each is found as it is listed.
    pub(super) async fn keys(&self, owner: Option<UserId>) -> Vec<ApiKey> {
        let keys = self.fresh().await.api_keys;
        let page = keys.list(owner, first_page()).await.expect("list");
        assert_eq!(page.count, page.items.len() as u64);
        for key in &page.items {
            let found = keys.find(key.id).await.expect("find");
            assert_eq!(found.as_ref(), Some(key), "found as it is listed");
        }
        page.items
    }

    /// The key behind a secret and its owner, through this handle.
    pub(super) async fn held(&self, key: &NewApiKey) -> Option<HeldKey> {
        let held = self.store.api_keys.by_digest(key.digest).await;
        held.expect("by_digest")
    }
}

/// The key, through a fresh handle.
pub(super) async fn find(t: &Trial, key: &NewApiKey) -> Option<ApiKey> {
    let found = t.fresh().await.api_keys.by_digest(key.digest).await;
    let held = found.expect("by_digest")?;
    let owner = held.owner.as_ref().map(|owner| owner.id);
    assert_eq!(owner, held.key.owner, "the key is answered with its owner");
    Some(held.key.as_ref().clone())
}

pub(super) async fn create_stores_every_field(t: Trial) {
    let ada = t.key_owner("ada").await;
    let key = t.make.api_key(Some(ada.id));
    let ((), sealed) = t
        .commits_sealing(ada.id, key.clone(), async |write| {
            t.store.api_keys.create(write).await
        })
        .await;
    assert_eq!(sealed, format!("{:?}", key.key), "the sealed outcome");
    // Another one beside it, of the same owner.
    let other = t.key(Some(ada.id)).await;
    assert_eq!(find(&t, &other).await, Some(other.key.clone()));
    assert_eq!(find(&t, &key).await, Some(key.key.clone()));
    assert_eq!(t.keys(Some(ada.id)).await, [other.key, key.key]);
}

pub(super) async fn create_under_a_stored_once_is_refused(t: Trial) {
    let ada = t.key_owner("ada").await;
    let key = t.make.api_key(Some(ada.id));
    let refused = t
        .repeats_once(ada.id, key.clone(), async |write| {
            t.store.api_keys.create(write).await
        })
        .await;
    assert_is!(
        refused,
        Err(GuardError::Store(StoreError::Duplicate("once")))
    );
    assert_eq!(find(&t, &key).await, None);
}

pub(super) async fn create_stores_what_is_absent_as_absent(t: Trial) {
    let mut key = t.make.api_key(None);
    key.key.scopes.clear();
    key.key.last_used_at = None;
    key.key.expires_at = None;
    let created = t.store.api_keys.create(t.write(key.clone())).await;
    created.expect("create");
    assert_eq!(find(&t, &key).await, Some(key.key));
}

pub(super) async fn create_stores_each_scope(t: Trial) {
    let mut key = t.make.api_key(None);
    key.key.scopes = Scope::ALL.iter().rev().copied().collect();
    let created = t.store.api_keys.create(t.write(key.clone())).await;
    created.expect("create");
    assert_eq!(find(&t, &key).await, Some(key.key));
}

pub(super) async fn an_unknown_key_is_none_until_it_is_made(t: Trial) {
    let key = t.make.api_key(None);
    assert!(t.held(&key).await.is_none());
    // Another process makes it.
    let created = t.fresh().await.api_keys.create(t.write(key.clone())).await;
    created.expect("create");
    let after = t.held(&key).await.expect("a key");
    assert_eq!(*after.key, key.key);
    assert!(after.owner.is_none());
    let other = t.store.api_keys.by_digest(digest("unknown")).await;
    assert_is!(other, Ok(None));
}

pub(super) async fn an_expired_key_is_still_answered(t: Trial) {
    let key = t.key(None).await;
    t.make.later(Duration::from_hours(2));
    assert_eq!(find(&t, &key).await, Some(key.key));
}

pub(super) async fn create_for_no_account_is_missing(t: Trial) {
    let ada = t.user("ada").await;
    let key = t.make.api_key(Some(t.make.id()));
    let refused = t
        .leaves_no_envelope(ada.id, key.clone(), async |write| {
            t.store.api_keys.create(write).await
        })
        .await;
    assert_is!(refused, Err(GuardError::Store(StoreError::Missing("user"))));
    assert_eq!(find(&t, &key).await, None);
}

pub(super) async fn create_is_refused_by_the_facts_of_the_owner(t: Trial) {
    for (name, facts) in [
        ("ada", [false, true, false]),
        ("bob", [true, false, false]),
        ("eve", [true, true, true]),
    ] {
        let [can_manage_api_environment, is_admin, is_suspended] = facts;
        let account = Account {
            can_manage_api_environment,
            is_admin,
            suspended_at: is_suspended.then(|| t.make.now()),
            ..t.make.account(name)
        };
        t.register(new_user(account.clone())).await;
        let key = t.make.api_key(Some(account.id));
        let facts = OwnerFacts {
            can_manage_api_environment,
            is_admin,
            is_suspended,
        };
        let rule = vestibule_domain::api_keys::decide_create(&facts, &key.key.scopes, 0, 25)
            .expect_err("refused");
        let refused = t
            .leaves_no_envelope(account.id, key, async |write| {
                t.store.api_keys.create(write).await
            })
            .await;
        assert!(
            matches!(&refused, Err(GuardError::Rule(found)) if *found == rule),
            "{refused:?}"
        );
        assert_eq!(t.keys(Some(account.id)).await, []);
    }
}

pub(super) async fn create_beyond_the_quota_is_refused(t: Trial) {
    let (ada, bob) = (t.key_owner("ada").await, t.key_owner("bob").await);
    let first = t.key(Some(ada.id)).await;
    t.key(Some(bob.id)).await;
    t.key(None).await;
    let limited = |quota| NewApiKey {
        quota,
        ..t.make.api_key(Some(ada.id))
    };
    let refused = t
        .leaves_no_envelope(ada.id, limited(1), async |write| {
            t.store.api_keys.create(write).await
        })
        .await;
    assert_is!(
        refused,
        Err(GuardError::Rule(KeyRule::QuotaExceeded { quota: 1 }))
    );
    assert_eq!(t.keys(Some(ada.id)).await, [first.key]);
    let second = t.store.api_keys.create(t.write(limited(2))).await;
    second.expect("create");
}

pub(super) async fn parallel_creations_fill_the_quota_exactly(t: Trial) {
    for round in 0..ROUNDS {
        let ada = t.key_owner(&format!("ada{round}")).await;
        let answers = parallel(20, |_| {
            let keys = t.store.api_keys.clone();
            let write = t.write(NewApiKey {
                quota: 7,
                ..t.make.api_key(Some(ada.id))
            });
            async move { keys.create(write).await.is_ok() }
        })
        .await;
        assert_eq!(answers.iter().filter(|created| **created).count(), 7);
        assert_eq!(t.keys(Some(ada.id)).await.len(), 7);
    }
}

pub(super) async fn keys_are_listed_newest_first(t: Trial) {
    let (ada, bob) = (t.key_owner("ada").await, t.key_owner("bob").await);
    let made = || {
        // There is an id between each two of them.
        t.make.id::<kinds::ApiKey>();
        t.make.api_key(Some(ada.id))
    };
    let made: Vec<_> = (0..7).map(|_| made()).collect();
    for place in SHUFFLED {
        let created = t.store.api_keys.create(t.write(made[place].clone())).await;
        created.expect("create");
    }
    let ids: Vec<_> = made.iter().rev().map(|new| new.key.id).collect();
    let keys = t.fresh().await.api_keys;
    let id = |key: &ApiKey| key.id;
    check_paging(&ids, id, async |page| {
        keys.list(None, page).await.expect("list")
    })
    .await;
    t.key(Some(bob.id)).await;
    t.key(None).await;
    check_paging(&ids, id, async |page| {
        keys.list(Some(ada.id), page).await.expect("list")
    })
    .await;
    assert_eq!(t.keys(None).await.len(), 9);
    assert_is!(keys.find(t.make.id()).await, Ok(None));
}
