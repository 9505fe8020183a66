//! Retries with an `Idempotency-Key`.

use serde_json::{Value, json};

use crate::support::{PASSWORD, Reply, TestApp};

async fn send(app: &TestApp, path: &str, bearer: &str, key: &str, body: Value) -> Reply {
    let mut request = app
        .request("POST", path)
        .header("idempotency-key", key)
        .json(&body);
    if !bearer.is_empty() {
        request = request.bearer_auth(bearer);
    }
    Reply::read(request.send().await.unwrap()).await
}

fn is_replay(first: &Reply, second: &Reply) {
    assert_eq!(first.status, second.status);
    assert_eq!(first.text, second.text);
    assert_eq!(first.header("location"), second.header("location"));
    assert_eq!(first.header("etag"), second.header("etag"));
    assert_eq!(first.header("idempotency-replayed"), "");
    assert_eq!(second.header("idempotency-replayed"), "true");
}

#[tokio::test]
async fn a_retry_gets_the_first_answer_again() {
    let mut app = TestApp::start().await;
    let user = app.register("vinyl_dealer").await;
    let other = app.register("other_dealer").await;
    let body = json!({"subject": "s", "message": "m"});
    let first = send(&app, "/api/v1/support/", &user.access, "k 1", body.clone()).await;
    first.expect(201);
    let second = send(&app, "/api/v1/support/", &user.access, "k 1", body.clone()).await;
    is_replay(&first, &second);
    app.restart().await;
    let third = send(&app, "/api/v1/support/", &user.access, "k 1", body.clone()).await;
    is_replay(&first, &third);
    let list = app
        .get("/api/v1/support/inquiries/", &user.access)
        .await
        .expect(200);
    assert_eq!(list["count"], 1);

    let reused = json!({"subject": "t", "message": "m"});
    send(&app, "/api/v1/support/", &user.access, "k 1", reused)
        .await
        .problem(422, "idempotency_key_reused");
    // The scope is the caller and the route.
    let elsewhere = send(&app, "/api/v1/support/", &other.access, "k 1", body).await;
    assert_ne!(elsewhere.expect(201)["uid"], first.json()["uid"]);
    let device = json!({"token": "t", "platform": "ios"});
    send(
        &app,
        "/api/v1/device-tokens/register/",
        &user.access,
        "k 1",
        device,
    )
    .await
    .expect(201);
    send(
        &app,
        "/api/v1/support/",
        &user.access,
        "",
        json!({"subject": "s", "message": "m"}),
    )
    .await
    .bad_fields(&[("Idempotency-Key", "invalid")]);
}

#[tokio::test]
async fn parallel_retries_do_it_once() {
    let app = TestApp::start().await;
    let user = app.register("vinyl_dealer").await;
    let body = json!({"subject": "s", "message": "m"});
    let attempts = (0..20).map(|_| send(&app, "/api/v1/support/", &user.access, "k", body.clone()));
    for reply in futures_util::future::join_all(attempts).await {
        if reply.status == 409 {
            reply.problem(409, "still_running");
        } else {
            reply.expect(201);
        }
    }
    let list = app
        .get("/api/v1/support/inquiries/", &user.access)
        .await
        .expect(200);
    assert_eq!(list["count"], 1);
}

#[tokio::test]
async fn a_registration_is_replayed_with_its_tokens() {
    let app = TestApp::start().await;
    let body = json!({
        "username": "vinyl_dealer", "email": "dealer@example.com",
        "password1": PASSWORD, "password2": PASSWORD,
    });
    let first = send(&app, "/api/auth/registration/", "", "k", body.clone()).await;
    let access = first.expect(201)["access"].as_str().unwrap().to_owned();
    let second = send(&app, "/api/auth/registration/", "", "k", body.clone()).await;
    is_replay(&first, &second);
    app.get("/api/v1/user/me/", &access).await.expect(200);
    send(&app, "/api/auth/registration/", "", "other", body)
        .await
        .problem(409, "email_taken");
    assert_eq!(app.letters("dealer@example.com", 1).await.len(), 1);
}

#[tokio::test]
async fn a_replay_does_not_tell_known_addresses() {
    let app = TestApp::start().await;
    app.register("vinyl_dealer").await;
    for email in ["vinyl_dealer@example.com", "nobody@example.com"] {
        let body = json!({"email": email});
        let first = send(&app, "/api/auth/password/reset/", "", "k", body.clone()).await;
        let second = send(&app, "/api/auth/password/reset/", "", "k", body).await;
        first.expect(200);
        is_replay(&first, &second);
    }
    assert_eq!(app.letters("vinyl_dealer@example.com", 2).await.len(), 2);
}
