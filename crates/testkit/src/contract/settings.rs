//! `UserStore::settings` and `UserStore::merge_settings`.

use std::time::Duration;

use serde_json::{Map, Value, json};
use vestibule_domain::kernel::{GuardError, StoreError};
use vestibule_domain::users::MergeSettings;

use super::trial::{ROUNDS, Trial, assert_is, parallel};
use crate::fixtures::new_user;

fn object(value: &Value) -> Map<String, Value> {
    value.as_object().cloned().expect("a JSON object")
}

pub(super) async fn settings_are_merged_key_by_key(t: Trial) {
    let ada = t.user("ada").await;
    t.make.later(Duration::from_secs(1));
    let bob = t.user("bob").await;
    let empty = t.store.users.settings(ada.id).await.expect("settings");
    assert_eq!(empty.expect("settings").as_map(), &Map::new());
    let steps = [
        (
            json!({"a": 1, "b": {"c": [true, null, "é"]}, "d": 0.5}),
            json!({"a": 1, "b": {"c": [true, null, "é"]}, "d": 0.5}),
        ),
        (
            json!({"a": "two", "d": null, "unknown": null}),
            json!({"a": "two", "b": {"c": [true, null, "é"]}}),
        ),
        (
            // JSON that some stores do not keep: NUL, large and small numbers.
            json!({"nul": "a\u{0}b", "": [u64::MAX, i64::MIN, 1e-300, 9_007_199_254_740_993_i64]}),
            json!({
                "a": "two", "b": {"c": [true, null, "é"]}, "nul": "a\u{0}b",
                "": [u64::MAX, i64::MIN, 1e-300, 9_007_199_254_740_993_i64],
            }),
        ),
        (
            json!({"nul": null, "": null}),
            json!({"a": "two", "b": {"c": [true, null, "é"]}}),
        ),
        (json!({"b": {}}), json!({"a": "two", "b": {}})),
        (json!({"a": null, "b": null}), json!({})),
    ];
    for (changes, expected) in steps {
        let command = MergeSettings {
            user: ada.id,
            changes: object(&changes),
            expected: None,
        };
        let answer = t
            .commits(ada.id, command, async |write| {
                t.store.users.merge_settings(write).await
            })
            .await;
        assert_eq!(answer.as_map(), &object(&expected), "answer to {changes}");
        let stored = t.fresh().await.users.settings(ada.id).await;
        assert_eq!(stored.expect("settings"), Some(answer), "after {changes}");
        // They are no part of the account, whose version stays.
        assert_eq!(t.stored(ada.id).await, ada);
    }
    let of_bob = t.fresh().await.users.settings(bob.id).await;
    let of_bob = of_bob.expect("settings").expect("settings");
    assert_eq!(of_bob.as_map(), &Map::new());
}

pub(super) async fn settings_that_the_rule_refuses_stay_as_they_were(t: Trial) {
    let ada = t.user("ada").await;
    let fits = MergeSettings {
        user: ada.id,
        changes: object(&json!({"kept": "x".repeat(10_000)})),
        expected: None,
    };
    let kept = t.store.users.merge_settings(t.write(fits)).await;
    let kept = kept.expect("merge_settings");
    // Fits by itself, but not together with what is there.
    let command = MergeSettings {
        user: ada.id,
        changes: object(&json!({"kept_not": "x".repeat(10_000)})),
        expected: None,
    };
    let refused = t
        .leaves_no_envelope(ada.id, command, async |write| {
            t.store.users.merge_settings(write).await
        })
        .await;
    let code = match refused {
        Err(GuardError::Rule(error)) => error.code,
        other => panic!("expected the rule to refuse, got {other:?}"),
    };
    assert_eq!(code, "too_large");
    let stored = t.fresh().await.users.settings(ada.id).await;
    assert_eq!(stored.expect("settings"), Some(kept));
}

pub(super) async fn settings_without_account_are_missing(t: Trial) {
    let account = t.make.account("nobody");
    let nobody = account.id;
    let settings = t.store.users.settings(nobody).await;
    assert_eq!(settings.expect("settings"), None);
    let command = MergeSettings {
        user: nobody,
        changes: object(&json!({"a": 1})),
        expected: None,
    };
    let ada = t.user("ada").await;
    let refused = t
        .leaves_no_envelope(ada.id, command, async |write| {
            t.store.users.merge_settings(write).await
        })
        .await;
    assert_is!(refused, Err(GuardError::Store(StoreError::Missing("user"))));
    // Nor do they come to life with the account.
    t.register(new_user(account)).await;
    let settings = t.fresh().await.users.settings(nobody).await;
    let settings = settings.expect("settings").expect("settings");
    assert_eq!(settings.as_map(), &Map::new());
}

pub(super) async fn parallel_merges_of_different_keys_all_survive(t: Trial) {
    let ada = t.user("ada").await;
    parallel(20, |number| {
        let users = t.store.users.clone();
        let mut changes = Map::new();
        changes.insert(format!("key{number}"), json!(number));
        let write = t.write(MergeSettings {
            user: ada.id,
            changes,
            expected: None,
        });
        async move { users.merge_settings(write).await.expect("merge_settings") }
    })
    .await;
    let settings = t.fresh().await.users.settings(ada.id).await;
    let settings = settings.expect("settings").expect("settings");
    let all: Map<String, Value> = (0..20)
        .map(|number| (format!("key{number}"), json!(number)))
        .collect();
    assert_eq!(settings.as_map(), &all);
}

pub(super) async fn settings_at_the_expected_state_are_merged(t: Trial) {
    let ada = t.user("ada").await;
    let mut expected = t.store.users.settings(ada.id).await.expect("settings");
    for number in 0..3 {
        let command = MergeSettings {
            user: ada.id,
            changes: object(&json!({"number": number, "é": [1.5, null]})),
            expected,
        };
        let merged = t.store.users.merge_settings(t.write(command)).await;
        merged.expect("merge_settings");
        let stored = t.fresh().await.users.settings(ada.id).await;
        expected = stored.expect("settings");
    }
    let stored = expected.expect("settings");
    assert_eq!(stored.as_map().get("number"), Some(&json!(2)));
}

pub(super) async fn settings_at_another_state_stay_as_they_were(t: Trial) {
    let ada = t.user("ada").await;
    let seen = t.store.users.settings(ada.id).await.expect("settings");
    let first = MergeSettings {
        user: ada.id,
        changes: object(&json!({"a": 1})),
        expected: None,
    };
    let stored = t.store.users.merge_settings(t.write(first)).await;
    let stored = stored.expect("merge_settings");
    let command = MergeSettings {
        user: ada.id,
        changes: object(&json!({"b": 2})),
        expected: seen,
    };
    let refused = t
        .leaves_no_envelope(ada.id, command, async |write| {
            t.store.users.merge_settings(write).await
        })
        .await;
    assert_is!(refused, Err(GuardError::Store(StoreError::Conflict)));
    let after = t.fresh().await.users.settings(ada.id).await;
    assert_eq!(after.expect("settings"), Some(stored));
}

pub(super) async fn settings_under_a_stored_once_stay_as_they_were(t: Trial) {
    let ada = t.user("ada").await;
    let first = MergeSettings {
        user: ada.id,
        changes: object(&json!({"a": 1})),
        expected: None,
    };
    let stored = t.store.users.merge_settings(t.write(first)).await;
    let stored = stored.expect("merge_settings");
    let command = MergeSettings {
        user: ada.id,
        changes: object(&json!({"a": null, "b": 2})),
        expected: None,
    };
    let refused = t
        .repeats_once(ada.id, command, async |write| {
            t.store.users.merge_settings(write).await
        })
        .await;
    assert_is!(
        refused,
        Err(GuardError::Store(StoreError::Duplicate("once")))
    );
    let after = t.fresh().await.users.settings(ada.id).await;
    assert_eq!(after.expect("settings"), Some(stored));
}

pub(super) async fn parallel_merges_into_one_state_succeed_once(t: Trial) {
    for round in 0..ROUNDS {
        let ada = t.user(&format!("ada{round}")).await;
        let seen = t.store.users.settings(ada.id).await.expect("settings");
        let answers = parallel(20, |number| {
            let users = t.store.users.clone();
            let write = t.write(MergeSettings {
                user: ada.id,
                changes: object(&json!({"number": number})),
                expected: seen.clone(),
            });
            async move { users.merge_settings(write).await }
        })
        .await;
        let mut winners = Vec::new();
        for answer in answers {
            match answer {
                Ok(settings) => winners.push(settings),
                Err(error) => {
                    assert_is!(error, GuardError::Store(StoreError::Conflict));
                }
            }
        }
        assert_eq!(winners.len(), 1, "exactly one merge succeeds");
        let stored = t.fresh().await.users.settings(ada.id).await;
        assert_eq!(stored.expect("settings"), winners.pop());
    }
}
