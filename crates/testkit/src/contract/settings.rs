//! `UserStore::settings` and `UserStore::merge_settings`.

use serde_json::{Map, Value, json};
use vestibule_domain::kernel::{GuardError, StoreError};
use vestibule_domain::users::MergeSettings;

use super::trial::{Trial, assert_is, parallel};

fn object(value: &Value) -> Map<String, Value> {
    value.as_object().cloned().expect("a JSON object")
}

pub(super) async fn settings_are_merged_key_by_key(t: Trial) {
    let ada = t.user("ada").await;
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
    let nobody = t.make.id();
    let settings = t.store.users.settings(nobody).await;
    assert_eq!(settings.expect("settings"), None);
    let command = MergeSettings {
        user: nobody,
        changes: object(&json!({"a": 1})),
        expected: None,
    };
    let refused = t.store.users.merge_settings(t.write(command)).await;
    assert_is!(refused, Err(GuardError::Store(StoreError::Missing("user"))));
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
