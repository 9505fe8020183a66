//! Every request of the published document of the native API, as printed, with
//! its documented answer: same fields, same order, same types.

use serde_json::json;

use crate::support::{PASSWORD, TestApp, top_level_names};

const PROFILE: &[&str] = &[
    "uid",
    "username",
    "email",
    "first_name",
    "last_name",
    "phone_number",
    "email_verified",
    "can_manage_api_environment",
    "preferences",
    "organization",
    "listing_eligibility",
];
const ADDITIONS: &[&str] = &[
    "avatar_url",
    "bio",
    "customer_status",
    "default_visibility",
    "created_at",
    "updated_at",
];
const PREFERENCES: &[&str] = &[
    "preferred_name",
    "legal_name",
    "job_title",
    "items_per_page",
    "channel_notifications_enabled",
    "timezone",
    "measurement_system",
    "date_format",
    "currency_display",
    "preferred_notification_channels",
    "theme",
    "viewing_preference",
    "max_message_length",
    "country",
    "language",
];

#[tokio::test]
async fn get_current_user() {
    let app = TestApp::start().await;
    let user = app.register("vinyl_dealer").await;
    let reply = app.get("/api/v1/user/me/", &user.access).await;
    let me = reply.expect(200);
    assert_eq!(reply.header("content-type"), "application/json");
    assert_eq!(reply.field_order(), [PROFILE, ADDITIONS].concat());
    let preferences = &reply.text[reply.text.find("\"preferences\":").unwrap() + 14..];
    let preferences = &preferences[..=preferences.find('}').unwrap()];
    assert_eq!(top_level_names(preferences), PREFERENCES);
    assert!(me["uid"].as_str().unwrap().starts_with("usr_"));
    assert_eq!(me["username"], "vinyl_dealer");
    assert_eq!(me["email"], "vinyl_dealer@example.com");
    assert_eq!(me["first_name"], "");
    assert_eq!(me["phone_number"], json!(null));
    assert_eq!(me["email_verified"], false);
    assert_eq!(me["can_manage_api_environment"], false);
    assert_eq!(me["organization"], json!(null));
    assert_eq!(me["listing_eligibility"]["can_list_items"], false);
    assert_eq!(me["avatar_url"], json!(null));
    assert_eq!(me["bio"], json!(null));
    assert_eq!(me["customer_status"], "free");
    assert_eq!(me["default_visibility"], "public");
    assert_eq!(
        me["preferences"],
        json!({
            "preferred_name": null, "legal_name": null, "job_title": null,
            "items_per_page": 25, "channel_notifications_enabled": true, "timezone": "UTC",
            "measurement_system": "metric", "date_format": "ymd", "currency_display": "USD",
            "preferred_notification_channels": ["email"], "theme": null,
            "viewing_preference": null, "max_message_length": 1000, "country": null,
            "language": "en",
        })
    );
    for time in ["created_at", "updated_at"] {
        let text = me[time].as_str().unwrap();
        assert_eq!(text.len(), "2025-03-12T18:00:00.000Z".len(), "{text}");
        assert!(text.ends_with('Z'));
    }
}

#[tokio::test]
async fn update_profile() {
    let app = TestApp::start().await;
    let user = app.register("vinyl_dealer").await;
    let body = r#"{
"first_name": "Jane",
"last_name": "Smith-Jones"
}"#;
    let reply = app
        .raw("PATCH", "/api/v1/user/me/", &user.access, body.as_bytes())
        .await;
    let me = reply.expect(200);
    assert_eq!(reply.field_order(), [PROFILE, ADDITIONS].concat());
    assert_eq!(me["first_name"], "Jane");
    assert_eq!(me["last_name"], "Smith-Jones");
    let again = app.get("/api/v1/user/me/", &user.access).await;
    assert_eq!(again.text, reply.text);
}

#[tokio::test]
async fn update_preferences() {
    let app = TestApp::start().await;
    let user = app.register("vinyl_dealer").await;
    let body = r#"{
"preferences": {
"timezone": "America/Chicago",
"items_per_page": 50,
"date_format": "ymd",
"preferred_notification_channels": [
"email", "push", "in_app"
]
}
}"#;
    let reply = app
        .raw("PATCH", "/api/v1/user/me/", &user.access, body.as_bytes())
        .await;
    let preferences = reply.expect(200)["preferences"].clone();
    assert_eq!(preferences["timezone"], "America/Chicago");
    assert_eq!(preferences["items_per_page"], 50);
    assert_eq!(preferences["date_format"], "ymd");
    assert_eq!(
        preferences["preferred_notification_channels"],
        json!(["email", "push", "in_app"])
    );
    assert_eq!(preferences["measurement_system"], "metric");
}

#[tokio::test]
async fn change_password() {
    let app = TestApp::start().await;
    let user = app.register("vinyl_dealer").await;
    let body = r#"{
"current_password": "OldPass123",
"new_password": "NewSecure456",
"confirm_password": "NewSecure456"
}"#;
    let reply = app
        .raw(
            "POST",
            "/api/v1/user/password/",
            &user.access,
            body.as_bytes(),
        )
        .await;
    assert!(reply.expect(200)["detail"].is_string());
    let old = json!({"username": "vinyl_dealer", "password": PASSWORD});
    app.post("/api/auth/login/", "", old)
        .await
        .problem(401, "invalid_credentials");
    app.login_with("vinyl_dealer", "NewSecure456").await;
}

#[tokio::test]
async fn register_a_device_token() {
    let app = TestApp::start().await;
    let user = app.register("vinyl_dealer").await;
    let body = r#"{
"token": "fcm_device_token_here",
"platform": "ios"
}"#;
    let reply = app
        .raw(
            "POST",
            "/api/v1/device-tokens/register/",
            &user.access,
            body.as_bytes(),
        )
        .await;
    let device = reply.expect(201);
    assert_eq!(
        reply.field_order(),
        [
            "uid",
            "token",
            "platform",
            "name",
            "is_active",
            "created_at",
            "last_refreshed_at"
        ]
    );
    let uid = device["uid"].as_str().unwrap();
    assert!(uid.starts_with("dev_"));
    assert_eq!(device["token"], "fcm_device_token_here");
    assert_eq!(device["platform"], "ios");
    assert_eq!(device["is_active"], true);
    let list = app.get("/api/v1/device-tokens/", &user.access).await;
    assert_eq!(list.field_order(), ["count", "next", "previous", "results"]);
    assert_eq!(list.expect(200)["results"], json!([device]));
    let path = format!("/api/v1/device-tokens/{uid}");
    let deactivated = app
        .post(&format!("{path}/deactivate/"), &user.access, json!(null))
        .await;
    assert_eq!(deactivated.expect(200)["is_active"], false);
    let refreshed = app
        .post(&format!("{path}/refresh/"), &user.access, json!(null))
        .await;
    assert_eq!(refreshed.expect(200)["is_active"], true);
    let deleted = app.delete(&format!("{path}/"), &user.access).await;
    assert_eq!((deleted.status, deleted.text.as_str()), (204, ""));
}

#[tokio::test]
async fn submit_a_support_inquiry() {
    let app = TestApp::start().await;
    let user = app.register("vinyl_dealer").await;
    let body = r#"{
"subject": "Import issue",
"message": "My eBay import is stuck..."
}"#;
    let reply = app
        .raw("POST", "/api/v1/support/", &user.access, body.as_bytes())
        .await;
    let inquiry = reply.expect(201);
    assert_eq!(
        reply.field_order(),
        [
            "uid",
            "subject",
            "message",
            "status",
            "created_at",
            "updated_at"
        ]
    );
    let uid = inquiry["uid"].as_str().unwrap();
    assert!(uid.starts_with("inq_"));
    assert_eq!(inquiry["subject"], "Import issue");
    assert_eq!(inquiry["message"], "My eBay import is stuck...");
    assert_eq!(inquiry["status"], "open");
    let list = app
        .get("/api/v1/support/inquiries/", &user.access)
        .await
        .expect(200);
    assert_eq!(list["results"], json!([inquiry]));
    let path = format!("/api/v1/support/inquiries/{uid}/");
    let detail = app.get(&path, &user.access).await.expect(200);
    assert_eq!(detail["replies"], json!([]));
    assert_eq!(detail["uid"], uid);
}

#[tokio::test]
async fn every_path_answers_with_and_without_its_trailing_slash() {
    let app = TestApp::start().await;
    let user = app.register("vinyl_dealer").await;
    for path in [
        "/api/v1/user/me",
        "/api/v1/user/me/listing-eligibility",
        "/api/v1/device-tokens",
        "/api/v1/support/inquiries",
        "/healthz",
        "/readyz",
        "/api/openapi.json",
        "/api/docs",
        "/.well-known/jwks.json",
    ] {
        let without = app.get(path, &user.access).await;
        let with = app.get(&format!("{path}/"), &user.access).await;
        assert_eq!((without.status, with.status), (200, 200), "{path}");
        assert_eq!(without.text, with.text, "{path}");
    }
}
