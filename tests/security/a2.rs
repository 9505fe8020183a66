//! A2: 64 emoji (256 bytes) work; 1 MiB is refused at once without hashing.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::metric;
use crate::support::{Reply, TestApp};

const LOGIN: &str = "/api/auth/login/";

async fn timed(app: &TestApp, body: Value) -> (Reply, Duration) {
    let started = Instant::now();
    let reply = app.post(LOGIN, "", body).await;
    (reply, started.elapsed())
}

#[tokio::test]
async fn a2_emoji_work_and_a_mebibyte_is_refused_without_hashing() {
    // A hash that takes long enough to be told from none.
    let app = TestApp::start_with(&[("VESTIBULE_PASSWORD__BCRYPT_COST", "12")]).await;
    let password = "\u{1f600}\u{1f680}".repeat(32);
    assert_eq!(password.len(), 256);
    let body = json!({
        "username": "vinyl_dealer", "email": "dealer@example.com",
        "password1": password, "password2": password,
    });
    app.post("/api/auth/registration/", "", body)
        .await
        .expect(201);
    let right = json!({"username": "vinyl_dealer", "password": password});
    let (reply, hashed) = timed(&app, right).await;
    reply.expect(200);

    let before = metric(&app, "vestibule_password_hashes_total").await;
    let huge = json!({"username": "vinyl_dealer", "password": "x".repeat(1024 * 1024)});
    let (reply, refused) = timed(&app, huge.clone()).await;
    assert_eq!(reply.status, 413, "{}", reply.text);
    assert!(refused < hashed / 2, "{refused:?}, a hash takes {hashed:?}");

    // Within the limit of the body, past that of a password.
    let long = json!({"username": "vinyl_dealer", "password": "x".repeat(8 * 1024)});
    let (reply, refused) = timed(&app, long).await;
    reply.problem(401, "invalid_credentials");
    assert!(refused < hashed / 2, "{refused:?}, a hash takes {hashed:?}");
    let body = json!({
        "username": "somebody", "email": "somebody@example.com",
        "password1": "é".repeat(257), "password2": "é".repeat(257),
    });
    app.post("/api/auth/registration/", "", body)
        .await
        .bad_fields(&[("password1", "too_long")]);
    let after = metric(&app, "vestibule_password_hashes_total").await;
    assert_eq!(after, before, "none of it was hashed");
}
