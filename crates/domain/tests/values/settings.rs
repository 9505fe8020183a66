//! The free JSON object of an account.

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use vestibule_domain::users::{MAX_SETTINGS_BYTES, Settings};

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        other => panic!("not an object: {other}"),
    }
}

fn settings(value: Value) -> Settings {
    Settings::from_map(object(value))
}

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "\\PC{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-d]", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn maps() -> impl Strategy<Value = Map<String, Value>> {
    prop::collection::btree_map("[a-f]", values(), 0..6).prop_map(|map| map.into_iter().collect())
}

proptest! {
    #[test]
    fn merges_key_by_key(before in maps(), changes in maps()) {
        let merged = Settings::from_map(before.clone()).merged(&changes).expect("small enough");
        for key in ["a", "b", "c", "d", "e", "f"] {
            let expected = match changes.get(key) {
                None => before.get(key),
                Some(Value::Null) => None,
                given => given,
            };
            prop_assert_eq!(merged.as_map().get(key), expected);
        }
        prop_assert!(merged.as_map().keys().all(|key| before.contains_key(key) || changes.contains_key(key)));
        prop_assert_eq!(merged.merged(&changes), Ok(merged.clone()), "twice is once");
    }
}

#[test]
fn null_removes_and_nested_objects_are_replaced() {
    let before = settings(json!({"a": 1, "b": {"x": 1, "y": 2}, "c": true}));
    let merged = before
        .merged(&object(json!({"a": null, "b": {"x": null}, "z": []})))
        .expect("merged");
    assert_eq!(
        merged,
        settings(json!({"b": {"x": null}, "c": true, "z": []}))
    );
    assert_eq!(before.merged(&Map::new()), Ok(before.clone()));
}

/// An object that holds `levels - 1` more objects or lists, one in the other.
fn nested(levels: usize, list: bool) -> Map<String, Value> {
    let mut value = json!(1);
    for _ in 1..levels {
        value = if list {
            json!([value])
        } else {
            json!({ "k": value })
        };
    }
    object(json!({ "deep": value }))
}

#[test]
fn eight_levels_and_no_more() {
    for list in [false, true] {
        assert!(Settings::default().merged(&nested(8, list)).is_ok());
        let refused = Settings::default()
            .merged(&nested(9, list))
            .expect_err("too deep");
        assert_eq!((refused.field.as_str(), refused.code), ("deep", "too_deep"));
        assert!(refused.message.contains("8 levels"), "{}", refused.message);
    }
}

#[test]
fn sixteen_kibibytes_and_no_more() {
    // {"k":"…"} has eight bytes besides the text.
    let text = |bytes: usize| object(json!({ "k": "a".repeat(bytes - 8) }));
    let full = Settings::default()
        .merged(&text(MAX_SETTINGS_BYTES))
        .expect("just fits");
    assert_eq!(
        serde_json::to_string(full.as_map()).expect("JSON").len(),
        16_384
    );
    let refused = Settings::default()
        .merged(&text(MAX_SETTINGS_BYTES + 1))
        .expect_err("too large");
    assert_eq!(refused.code, "too_large");
    assert!(refused.message.contains("16 KiB"), "{}", refused.message);

    // What counts is the result: what is there already counts, what is removed does not.
    assert_eq!(
        full.merged(&object(json!({"l": 1})))
            .expect_err("too large")
            .code,
        "too_large"
    );
    assert!(full.merged(&object(json!({"k": null, "l": 1}))).is_ok());
    // Bytes count, not code points.
    let wide = object(json!({ "k": "\u{1f600}".repeat(4096) }));
    assert!(Settings::default().merged(&wide).is_err());
}
