//! `ApiKeyStore::rotate`, `remove`, `record_use` and `usage`.

use std::time::Duration;

use vestibule_domain::api_keys::{
    ApiKey, KeyRule, KeyUseCount, NewApiKey, RemoveKey, RotateKey, UsageRecord,
};
use vestibule_domain::kernel::{ApiKeyId, Day, Digest, GuardError, StoreError, UserId, Version};
use vestibule_domain::users::Account;

use super::api_keys::find;
use super::paging::first_page;
use super::trial::{ROUNDS, Trial, assert_is, parallel};
use crate::doubles::digest;
use crate::fixtures::new_user;

pub(super) fn rotation(owner: UserId, key: ApiKeyId, secret: &str) -> RotateKey {
    RotateKey {
        owner,
        key,
        digest: digest(secret),
        prefix: format!("vst_{secret}"),
    }
}

pub(super) fn removal(owner: Option<UserId>, key: &ApiKey) -> RemoveKey {
    RemoveKey {
        owner,
        key: key.id,
        expected: None,
    }
}

pub(super) async fn rotate_replaces_the_secret(t: Trial) {
    let ada = t.key_owner("ada").await;
    let (key, other) = (t.key(Some(ada.id)).await, t.key(Some(ada.id)).await);
    let command = rotation(ada.id, key.key.id, "new");
    let (rotated, sealed) = t
        .commits_sealing(ada.id, command, async |write| {
            t.store.api_keys.rotate(write).await
        })
        .await;
    let expected = ApiKey {
        prefix: "vst_new".to_owned(),
        version: Version(2),
        ..key.key.clone()
    };
    assert_eq!(rotated, expected);
    assert_eq!(sealed, format!("{expected:?}"), "the sealed outcome");
    assert_eq!(find(&t, &key).await, None, "the old secret is dead");
    let new = NewApiKey {
        digest: digest("new"),
        ..key
    };
    assert_eq!(find(&t, &new).await, Some(expected.clone()));
    assert_eq!(t.keys(Some(ada.id)).await, [other.key, expected]);
}

pub(super) async fn a_refused_rotation_leaves_the_key(t: Trial) {
    let (ada, bob) = (t.key_owner("ada").await, t.key_owner("bob").await);
    let (key, service) = (t.key(Some(ada.id)).await, t.key(None).await);
    for (owner, id) in [
        (bob.id, key.key.id),
        (ada.id, t.make.id()),
        (ada.id, service.key.id),
    ] {
        let refused = t
            .leaves_no_envelope(ada.id, rotation(owner, id, "new"), async |write| {
                t.store.api_keys.rotate(write).await
            })
            .await;
        assert_is!(refused, Err(GuardError::Rule(KeyRule::NotFound)));
    }
    let command = rotation(t.make.id(), key.key.id, "new");
    let refused = t
        .leaves_no_envelope(ada.id, command, async |write| {
            t.store.api_keys.rotate(write).await
        })
        .await;
    assert_is!(refused, Err(GuardError::Store(StoreError::Missing("user"))));
    let eve = Account {
        can_manage_api_environment: false,
        ..t.make.account("eve")
    };
    t.register(new_user(eve.clone())).await;
    let command = rotation(eve.id, key.key.id, "new");
    let refused = t.store.api_keys.rotate(t.write(command)).await;
    assert_is!(refused, Err(GuardError::Rule(KeyRule::NotAllowed)));
    let command = rotation(ada.id, key.key.id, "new");
    let refused = t
        .repeats_once(ada.id, command, async |write| {
            t.store.api_keys.rotate(write).await
        })
        .await;
    assert_is!(
        refused,
        Err(GuardError::Store(StoreError::Duplicate("once")))
    );
    for left in [key, service] {
        assert_eq!(find(&t, &left).await, Some(left.key));
    }
}

pub(super) async fn remove_forgets_one_key(t: Trial) {
    let ada = t.key_owner("ada").await;
    let (key, other) = (t.key(Some(ada.id)).await, t.key(Some(ada.id)).await);
    let service = t.key(None).await;
    let command = removal(Some(ada.id), &key.key);
    let removed = t
        .commits(ada.id, command, async |write| {
            t.store.api_keys.remove(write).await
        })
        .await;
    assert!(removed);
    assert_eq!(find(&t, &key).await, None);
    assert_eq!(t.keys(Some(ada.id)).await, std::slice::from_ref(&other.key));
    // Operators remove whatever key, one without an owner too.
    for key in [&other, &service] {
        let write = t.write(removal(None, &key.key));
        assert!(t.store.api_keys.remove(write).await.expect("remove"));
        assert_eq!(find(&t, key).await, None);
    }
    assert_eq!(t.keys(None).await, []);
}

pub(super) async fn a_refused_removal_leaves_the_key(t: Trial) {
    let (ada, bob) = (t.key_owner("ada").await, t.key_owner("bob").await);
    let (key, service) = (t.key(Some(ada.id)).await, t.key(None).await);
    for (owner, id) in [
        (Some(bob.id), key.key.id),
        (Some(ada.id), service.key.id),
        (Some(ada.id), t.make.id()),
        (Some(t.make.id()), key.key.id),
        (None, t.make.id()),
    ] {
        let command = RemoveKey {
            owner,
            key: id,
            expected: None,
        };
        let answer = t
            .leaves_no_envelope(ada.id, command, async |write| {
                t.store.api_keys.remove(write).await
            })
            .await;
        assert_is!(answer, Ok(false));
    }
    for version in [0, 2] {
        let command = RemoveKey {
            expected: Some(Version(version)),
            ..removal(Some(ada.id), &key.key)
        };
        let refused = t
            .leaves_no_envelope(ada.id, command, async |write| {
                t.store.api_keys.remove(write).await
            })
            .await;
        assert_is!(refused, Err(StoreError::Conflict));
    }
    let command = RemoveKey {
        expected: Some(Version(1)),
        ..removal(Some(ada.id), &key.key)
    };
    let refused = t
        .repeats_once(ada.id, command, async |write| {
            t.store.api_keys.remove(write).await
        })
        .await;
    assert_is!(refused, Err(StoreError::Duplicate("once")));
    for left in [&key, &service] {
        assert_eq!(find(&t, left).await.as_ref(), Some(&left.key));
    }
    let removed = t.store.api_keys.remove(t.write(command)).await;
    assert!(removed.expect("remove"), "at its version");
}

pub(super) async fn parallel_rotations_leave_one_living_secret(t: Trial) {
    let ada = t.key_owner("ada").await;
    for round in 0..ROUNDS {
        let key = t.key(Some(ada.id)).await;
        let secret = |number: usize| format!("secret {round} {number}");
        let answers = parallel(8, |number| {
            let keys = t.store.api_keys.clone();
            let write = t.write(rotation(ada.id, key.key.id, &secret(number)));
            async move { keys.rotate(write).await.expect("rotate") }
        })
        .await;
        let mut versions: Vec<_> = answers.iter().map(|key| key.version.0).collect();
        versions.sort_unstable();
        assert_eq!(versions, (2..=9).collect::<Vec<_>>());
        let mut living = Vec::new();
        for (number, rotated) in answers.into_iter().enumerate() {
            let digest = digest(&secret(number));
            let found = find(
                &t,
                &NewApiKey {
                    digest,
                    ..key.clone()
                },
            )
            .await;
            if found.is_some() {
                assert_eq!(found, Some(rotated));
                living.push(found);
            }
        }
        assert_eq!(living.len(), 1);
        assert_eq!(find(&t, &key).await, None);
    }
}

pub(super) async fn parallel_removals_of_one_key_succeed_once(t: Trial) {
    let ada = t.key_owner("ada").await;
    for _ in 0..ROUNDS {
        let key = t.key(Some(ada.id)).await;
        let removed = parallel(8, |_| {
            let keys = t.store.api_keys.clone();
            let write = t.write(removal(Some(ada.id), &key.key));
            async move { keys.remove(write).await.expect("remove") }
        })
        .await;
        assert_eq!(removed.into_iter().filter(|removed| *removed).count(), 1);
        assert_eq!(find(&t, &key).await, None);
    }
}

fn count(key: &NewApiKey, day: i32, requests: u64, errors: u64) -> KeyUseCount {
    KeyUseCount {
        key: key.key.id,
        day: Day(day),
        requests,
        errors,
        last_used_at: None,
    }
}

fn record(key: &NewApiKey, day: i32, requests: u64, errors: u64) -> UsageRecord {
    UsageRecord {
        day: Day(day),
        key: key.key.id,
        requests,
        errors,
    }
}

async fn record_use(t: &Trial, uses: &[KeyUseCount]) {
    let recorded = t.store.api_keys.record_use(uses).await;
    recorded.expect("record_use");
}

async fn usage(t: &Trial, owner: UserId, from: i32, to: i32) -> Vec<UsageRecord> {
    let keys = t.fresh().await.api_keys;
    let usage = keys.usage(owner, Day(from), Day(to)).await;
    usage.expect("usage")
}

pub(super) async fn uses_add_up_by_key_and_day(t: Trial) {
    let (ada, bob) = (t.key_owner("ada").await, t.key_owner("bob").await);
    let (one, two) = (t.key(Some(ada.id)).await, t.key(Some(ada.id)).await);
    let (of_bob, service) = (t.key(Some(bob.id)).await, t.key(None).await);
    let unknown = t.make.api_key(Some(ada.id));
    record_use(
        &t,
        &[count(&one, 20_000, 3, 1), count(&unknown, 20_000, 1, 1)],
    )
    .await;
    record_use(
        &t,
        &[
            count(&one, 20_000, 4, 0),
            count(&two, 20_000, 1, 1),
            count(&one, 20_001, 1 << 40, 5),
            count(&of_bob, 20_000, 9, 9),
            count(&service, 20_000, 8, 8),
        ],
    )
    .await;
    record_use(&t, &[]).await;
    let newest = record(&one, 20_001, 1 << 40, 5);
    let all = [
        newest,
        record(&two, 20_000, 1, 1),
        record(&one, 20_000, 7, 1),
    ];
    assert_eq!(usage(&t, ada.id, 20_000, 20_001).await, all);
    assert_eq!(usage(&t, ada.id, -1_000_000, 1_000_000).await, all);
    assert_eq!(usage(&t, ada.id, 20_001, 20_001).await, [newest]);
    assert_eq!(usage(&t, ada.id, 20_000, 20_000).await, all[1..]);
    assert_eq!(usage(&t, ada.id, 20_002, 20_001).await, []);
    assert_eq!(
        usage(&t, bob.id, 20_000, 20_001).await,
        [record(&of_bob, 20_000, 9, 9)]
    );
    assert_eq!(usage(&t, t.make.id(), 20_000, 20_001).await, []);
    // It outlives its key.
    let write = t.write(removal(Some(ada.id), &one.key));
    assert!(t.store.api_keys.remove(write).await.expect("remove"));
    assert_eq!(usage(&t, ada.id, 20_000, 20_001).await, all);
}

pub(super) async fn last_used_at_grows_and_never_goes_back(t: Trial) {
    let ada = t.key_owner("ada").await;
    let (key, other) = (t.key(Some(ada.id)).await, t.key(Some(ada.id)).await);
    let at = t.make.later(Duration::from_mins(5));
    for minutes in [1, 0, 2] {
        // Fills whatever cache there is.
        t.held(&key).await.expect("a key");
        let used = KeyUseCount {
            last_used_at: Some(at.before(Duration::from_mins(minutes))),
            ..count(&key, 20_000, 1, 0)
        };
        record_use(&t, &[used, count(&key, 20_001, 1, 0)]).await;
    }
    let expected = ApiKey {
        last_used_at: Some(at),
        ..key.key.clone()
    };
    assert_eq!(find(&t, &key).await, Some(expected.clone()));
    assert_eq!(*t.held(&key).await.expect("a key").key, expected);
    assert_eq!(find(&t, &other).await, Some(other.key));
}

pub(super) async fn parallel_uses_are_all_counted(t: Trial) {
    let ada = t.key_owner("ada").await;
    let keys = [t.key(Some(ada.id)).await, t.key(Some(ada.id)).await];
    for round in 1..=ROUNDS as u64 {
        let uses = keys.each_ref().map(|key| count(key, 20_000, 2, 1));
        parallel(10, |number| {
            let store = t.store.api_keys.clone();
            let mut uses = uses;
            if number % 2 == 0 {
                uses.reverse();
            }
            async move { store.record_use(&uses).await.expect("record_use") }
        })
        .await;
        for counted in usage(&t, ada.id, 20_000, 20_000).await {
            assert_eq!((counted.requests, counted.errors), (round * 20, round * 10));
        }
    }
}

pub(super) async fn own_writes_are_read_at_once(t: Trial) {
    let ada = t.key_owner("ada").await;
    let keys = &t.store.api_keys;
    let assert_keys = async |expected: &[&ApiKey]| {
        for _ in 0..2 {
            let page = keys.list(Some(ada.id), first_page()).await.expect("list");
            assert_eq!(page.items.iter().collect::<Vec<_>>(), expected);
        }
    };
    let assert_held = async |secret: Digest, expected: Option<&ApiKey>| {
        for _ in 0..2 {
            let held = keys.by_digest(secret).await.expect("by_digest");
            let key = held.as_ref().map(|held| &*held.key);
            assert_eq!(key, expected);
            if let Some(key) = key {
                let found = keys.find(key.id).await.expect("find");
                assert_eq!(found.as_ref(), Some(key));
            }
        }
    };
    assert_keys(&[]).await;
    let key = t.make.api_key(Some(ada.id));
    assert_held(key.digest, None).await;
    keys.create(t.write(key.clone())).await.expect("create");
    assert_keys(&[&key.key]).await;
    assert_held(key.digest, Some(&key.key)).await;
    let mut old = key.digest;
    let mut last = key.key.clone();
    for secret in ["first", "second"] {
        let rotate = rotation(ada.id, key.key.id, secret);
        let new = rotate.digest;
        last = keys.rotate(t.write(rotate)).await.expect("rotate");
        assert_held(old, None).await;
        assert_held(new, Some(&last)).await;
        assert_keys(&[&last]).await;
        old = new;
    }
    let remove = removal(Some(ada.id), &last);
    assert!(keys.remove(t.write(remove)).await.expect("remove"));
    assert_held(old, None).await;
    assert_keys(&[]).await;
}
