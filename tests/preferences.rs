//! Preferences and profile: what is refused, how, and what may be sent back.

use serde_json::{Value, json};

use crate::support::TestApp;

#[tokio::test]
async fn every_bad_field_is_named_in_one_answer() {
    let app = TestApp::start().await;
    let user = app.register("vinyl_dealer").await;
    let bad = json!({
        "first_name": "x".repeat(256),
        "last_name": null,
        "nickname": "J",
        "default_visibility": "friends",
        "preferences": {
            "preferred_name": "",
            "legal_name": 5,
            "job_title": "a\u{0}b",
            "items_per_page": 4,
            "channel_notifications_enabled": "yes",
            "timezone": "Mars/Olympus",
            "measurement_system": "stones",
            "date_format": "YMD",
            "currency_display": "DEM",
            "preferred_notification_channels": ["email", "email"],
            "theme": "x".repeat(51),
            "viewing_preference": [],
            "max_message_length": 10001,
            "country": "Germany",
            "language": "klingon!",
            "favourite_colour": "blue",
        },
    });
    let reply = app.patch("/api/v1/user/me/", &user.access, bad).await;
    reply.bad_fields(&[
        ("first_name", "too_long"),
        ("last_name", "not_nullable"),
        ("preferences.preferred_name", "required"),
        ("preferences.legal_name", "invalid_type"),
        ("preferences.job_title", "control_character"),
        ("preferences.items_per_page", "out_of_range"),
        ("preferences.channel_notifications_enabled", "invalid_type"),
        ("preferences.timezone", "invalid_choice"),
        ("preferences.measurement_system", "invalid_choice"),
        ("preferences.date_format", "invalid_choice"),
        ("preferences.currency_display", "invalid_choice"),
        ("preferences.preferred_notification_channels", "duplicate"),
        ("preferences.theme", "too_long"),
        ("preferences.viewing_preference", "invalid_type"),
        ("preferences.max_message_length", "out_of_range"),
        ("preferences.country", "invalid_choice"),
        ("preferences.language", "invalid_choice"),
        ("preferences.favourite_colour", "unknown_field"),
        ("default_visibility", "invalid_choice"),
        ("nickname", "unknown_field"),
    ]);
}

#[tokio::test]
async fn limits_and_types_are_exact() {
    let app = TestApp::start().await;
    let user = app.register("vinyl_dealer").await;
    let cases: &[(&str, Value, u16)] = &[
        ("items_per_page", json!(5), 200),
        ("items_per_page", json!(200), 200),
        ("items_per_page", json!(201), 400),
        ("items_per_page", json!("25"), 400),
        ("items_per_page", json!(25.5), 400),
        ("items_per_page", json!(null), 400),
        ("items_per_page", json!(u64::MAX), 400),
        ("channel_notifications_enabled", json!(0), 400),
        ("timezone", json!("america/chicago"), 400),
        ("timezone", json!("Europe/Berlin"), 200),
        ("currency_display", json!("usd"), 400),
        ("currency_display", json!("EUR"), 200),
        ("currency_display", json!("HRK"), 400),
        ("preferred_notification_channels", json!([]), 200),
        ("preferred_notification_channels", json!(["sms"]), 400),
        ("preferred_notification_channels", json!("email"), 400),
        ("preferred_name", json!("é".repeat(255)), 200),
        ("preferred_name", json!("é".repeat(256)), 400),
        ("country", json!("US"), 200),
        ("country", json!("us"), 400),
        ("country", json!("XX"), 400),
        ("language", json!("pt-br"), 200),
        ("language", json!(""), 400),
        ("max_message_length", json!(1), 200),
        ("max_message_length", json!(0), 400),
    ];
    for (name, value, status) in cases {
        let body = json!({"preferences": {*name: value}});
        let reply = app.patch("/api/v1/user/me/", &user.access, body).await;
        assert_eq!(reply.status, *status, "{name} {value}: {}", reply.text);
    }
}

#[tokio::test]
async fn what_was_got_can_be_sent_back() {
    let app = TestApp::start().await;
    let user = app.register("vinyl_dealer").await;
    let change = json!({
        "bio": "Two\nlines",
        "preferences": {"preferred_name": "Jane", "country": "US", "theme": "dark", "language": "pt-br"},
    });
    app.patch("/api/v1/user/me/", &user.access, change)
        .await
        .expect(200);
    let got = app.get("/api/v1/user/me/", &user.access).await.expect(200);
    assert_eq!(got["preferences"]["language"], "pt-BR");
    let sent_back = app
        .patch("/api/v1/user/me/", &user.access, got.clone())
        .await
        .expect(200);
    for (name, value) in got.as_object().unwrap() {
        if name != "updated_at" {
            assert_eq!(&sent_back[name], value, "{name}");
        }
    }
}

#[tokio::test]
async fn null_clears_nullable_fields_only() {
    let app = TestApp::start().await;
    let user = app.register("vinyl_dealer").await;
    let set = json!({
        "bio": "x",
        "preferences": {
            "preferred_name": "a", "legal_name": "b", "job_title": "c",
            "theme": "d", "viewing_preference": "e", "country": "DE",
        },
    });
    app.patch("/api/v1/user/me/", &user.access, set)
        .await
        .expect(200);
    let clear = json!({
        "bio": null,
        "preferences": {
            "preferred_name": null, "legal_name": null, "job_title": null,
            "theme": null, "viewing_preference": null, "country": null,
        },
    });
    let me = app
        .patch("/api/v1/user/me/", &user.access, clear)
        .await
        .expect(200);
    assert_eq!(me["bio"], json!(null));
    for name in [
        "preferred_name",
        "legal_name",
        "job_title",
        "theme",
        "viewing_preference",
        "country",
    ] {
        assert_eq!(me["preferences"][name], json!(null), "{name}");
    }
    let refused = json!({"preferences": {"language": null, "timezone": null}});
    app.patch("/api/v1/user/me/", &user.access, refused)
        .await
        .bad_fields(&[
            ("preferences.timezone", "not_nullable"),
            ("preferences.language", "not_nullable"),
        ]);
}

#[tokio::test]
async fn read_only_and_forged_fields_change_nothing() {
    let app = TestApp::start().await;
    let user = app.register("vinyl_dealer").await;
    let forged = json!({
        "uid": "usr_x", "username": "other", "email": "x@example.com", "email_verified": true,
        "can_manage_api_environment": true, "customer_status": "subscriber", "first_name": "Jane",
    });
    let me = app
        .patch("/api/v1/user/me/", &user.access, forged)
        .await
        .expect(200);
    assert_eq!(me["uid"], user.uid);
    assert_eq!(me["username"], "vinyl_dealer");
    assert_eq!(me["email"], user.email);
    assert_eq!(me["email_verified"], false);
    assert_eq!(me["can_manage_api_environment"], false);
    assert_eq!(me["customer_status"], "free");
    let unknown = json!({"is_admin": true, "password_hash": "x"});
    app.patch("/api/v1/user/me/", &user.access, unknown)
        .await
        .bad_fields(&[
            ("is_admin", "unknown_field"),
            ("password_hash", "unknown_field"),
        ]);
}

#[tokio::test]
async fn concurrent_changes_of_different_fields_all_survive() {
    let app = TestApp::start().await;
    let user = app.register("vinyl_dealer").await;
    let changes = [
        json!({"first_name": "Jane"}),
        json!({"last_name": "Smith"}),
        json!({"bio": "bio"}),
        json!({"default_visibility": "private"}),
        json!({"preferences": {"preferred_name": "J"}}),
        json!({"preferences": {"legal_name": "L"}}),
        json!({"preferences": {"items_per_page": 99}}),
        json!({"preferences": {"timezone": "Europe/Paris"}}),
        json!({"preferences": {"currency_display": "EUR"}}),
        json!({"preferences": {"theme": "dark"}}),
    ];
    let sent = changes
        .iter()
        .map(|change| app.patch("/api/v1/user/me/", &user.access, change.clone()));
    for reply in futures_util::future::join_all(sent).await {
        reply.expect(200);
    }
    let me = app.get("/api/v1/user/me/", &user.access).await.expect(200);
    for change in changes {
        for (name, value) in change.as_object().unwrap() {
            match value.as_object() {
                None => assert_eq!(&me[name], value),
                Some(nested) => {
                    for (name, value) in nested {
                        assert_eq!(&me["preferences"][name], value);
                    }
                }
            }
        }
    }
}

#[tokio::test]
async fn settings_merge_key_by_key() {
    let app = TestApp::start().await;
    let user = app.register("vinyl_dealer").await;
    let path = "/api/v1/user/me/settings/";
    assert_eq!(app.get(path, &user.access).await.expect(200), json!({}));
    let first = json!({"a": {"x": 1}, "b": [1, 2], "c": "text"});
    app.patch(path, &user.access, first).await.expect(200);
    let second = json!({"a": {"y": 2}, "c": null});
    let merged = app.patch(path, &user.access, second).await.expect(200);
    assert_eq!(merged, json!({"a": {"y": 2}, "b": [1, 2]}));
    assert_eq!(app.get(path, &user.access).await.expect(200), merged);
    let large = json!({"a": "x".repeat(17 * 1024)});
    assert_eq!(app.patch(path, &user.access, large).await.status, 400);
    let deep = json!({"a": [[[[[[[[1]]]]]]]]});
    app.patch(path, &user.access, deep)
        .await
        .bad_fields(&[("a", "too_deep")]);
    assert_eq!(app.get(path, &user.access).await.expect(200), merged);
}
