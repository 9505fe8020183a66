//! Z2: nobody gives themselves rights, a uid, a proved address or a hash.

use serde_json::{Value, json};

use crate::support::{PASSWORD, TestApp};

const ME: &str = "/api/v1/user/me/";
/// What a client must not set, and what it would like it to be.
fn wishes() -> [(&'static str, Value); 12] {
    [
        ("uid", json!("usr_01jabcdefghjkmnpqrstvwxyz0")),
        ("email_verified", json!(true)),
        ("is_admin", json!(true)),
        ("password_hash", json!("$2b$04$aaaaaaaaaaaaaaaaaaaaaa")),
        ("can_manage_api_environment", json!(true)),
        ("is_suspended", json!(false)),
        ("suspended_at", json!(null)),
        ("customer_status", json!("subscriber")),
        ("features", json!({"beta": true})),
        ("other_id", json!("crm-1")),
        ("auth_epoch", json!(7)),
        ("version", json!(7)),
    ]
}

/// Ignored or refused as a field.
fn is_ignored_or_refused(status: u16) -> bool {
    matches!(status, 200 | 201 | 400)
}

#[tokio::test]
async fn z2_a_registration_sets_no_more_than_it_should() {
    let app = TestApp::start().await;
    let staff = app.service_key(&["admin"]);
    for (number, (field, wish)) in wishes().into_iter().enumerate() {
        let username = format!("dealer{number}");
        let mut body = json!({
            "username": username, "email": format!("{username}@example.com"),
            "password1": PASSWORD, "password2": PASSWORD,
        });
        body[field] = wish;
        let reply = app.post("/api/auth/registration/", "", body.clone()).await;
        assert!(
            is_ignored_or_refused(reply.status),
            "{field}: {}",
            reply.text
        );
        if reply.status == 400 {
            body.as_object_mut().unwrap().remove(field);
            app.post("/api/auth/registration/", "", body)
                .await
                .expect(201);
        }
        let search = format!("/api/v1/admin/users/?email={username}@example.com");
        let found = app.get(&search, &staff).await.expect(200);
        let user = &found["results"][0];
        assert_ne!(user["uid"], "usr_01jabcdefghjkmnpqrstvwxyz0");
        for flag in [
            "email_verified",
            "is_admin",
            "can_manage_api_environment",
            "is_suspended",
        ] {
            assert_eq!(user[flag], false, "{field}: {flag}");
        }
        assert_eq!(user["customer_status"], "free");
        assert_eq!(
            (&user["features"], &user["other_id"]),
            (&json!({}), &Value::Null)
        );
        app.login(&username).await;
    }
}

#[tokio::test]
async fn z2_a_change_of_the_profile_sets_no_more_than_it_should() {
    let app = TestApp::start().await;
    let staff = app.service_key(&["admin"]);
    let user = app.register("vinyl_dealer").await;
    let path = format!("/api/v1/admin/users/{}/", user.uid);
    let before = app.get(&path, &staff).await.expect(200);
    for (field, wish) in wishes() {
        for (method, path) in [
            ("PATCH", ME),
            ("PATCH", "/api/auth/user/"),
            ("PUT", "/api/auth/user/"),
            // The dialects' own doors to the same account.
            ("PATCH", "/api/user"),
            ("PATCH", "/api/user/update"),
        ] {
            let mut body = json!({"first_name": "", "last_name": ""});
            body[field] = wish.clone();
            let reply = app.send(method, path, &user.access, body).await;
            assert!(
                is_ignored_or_refused(reply.status),
                "{method} {path} {field}: {}",
                reply.text
            );
        }
        let mut nested = json!({"preferences": {}});
        nested["preferences"][field] = wish;
        let reply = app.patch(ME, &user.access, nested).await;
        assert_eq!(reply.status, 400, "{field} in preferences: {}", reply.text);
        // The staff's own door takes nothing from a user.
        let reply = app
            .patch(&path, &user.access, json!({"is_admin": true}))
            .await;
        assert_eq!(reply.status, 403);
    }
    let mut after = app.get(&path, &staff).await.expect(200);
    for moving in ["updated_at", "last_seen_at"] {
        after[moving] = before[moving].clone();
    }
    assert_eq!(after, before);
    // The old password is still the one.
    app.login("vinyl_dealer").await;
}
