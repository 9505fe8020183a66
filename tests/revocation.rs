//! What must end ends at the very next request, and stays ended.

use serde_json::{Value, json};

use crate::support::{Account, PASSWORD, TestApp};

async fn is_refused(app: &TestApp, session: &Account) {
    app.get("/api/v1/user/me/", &session.access)
        .await
        .problem(401, "invalid_token");
    app.post(
        "/api/auth/token/refresh/",
        "",
        json!({"refresh": session.refresh}),
    )
    .await
    .problem(401, "invalid_token");
}

#[tokio::test]
async fn logout_ends_this_session_alone() {
    let mut app = TestApp::start().await;
    let first = app.register("vinyl_dealer").await;
    let second = app.login("vinyl_dealer").await;
    app.get("/api/v1/user/me/", &first.access).await.expect(200);
    let reply = app
        .post("/api/auth/logout/", &first.access, Value::Null)
        .await;
    assert!(reply.expect(200)["detail"].is_string());
    assert_eq!(reply.header("clear-site-data"), "\"cache\", \"storage\"");
    let removed = reply.header("set-cookie");
    assert!(removed.starts_with("vestibule_session=;"), "{removed}");
    assert!(removed.contains("Max-Age=0"), "{removed}");
    is_refused(&app, &first).await;
    app.get("/api/v1/user/me/", &second.access)
        .await
        .expect(200);
    app.restart().await;
    is_refused(&app, &first).await;
    app.get("/api/v1/user/me/", &second.access)
        .await
        .expect(200);
}

#[tokio::test]
async fn a_password_change_ends_all_other_sessions() {
    let mut app = TestApp::start().await;
    let first = app.register("vinyl_dealer").await;
    let mut others = Vec::new();
    for _ in 0..3 {
        others.push(app.login("vinyl_dealer").await);
    }
    let change = json!({"current_password": PASSWORD, "new_password": "NewSecure456", "confirm_password": "NewSecure456"});
    app.post("/api/v1/user/password/", &first.access, change)
        .await
        .expect(200);
    for restarted in [false, true] {
        for session in &others {
            is_refused(&app, session).await;
        }
        app.get("/api/v1/user/me/", &first.access).await.expect(200);
        if !restarted {
            app.restart().await;
        }
    }
    app.post(
        "/api/auth/token/refresh/",
        "",
        json!({"refresh": first.refresh}),
    )
    .await
    .expect(200);
}

#[tokio::test]
async fn a_reset_ends_every_session() {
    let mut app = TestApp::start().await;
    let first = app.register("vinyl_dealer").await;
    let second = app.login("vinyl_dealer").await;
    app.post(
        "/api/auth/password/reset/",
        "",
        json!({"email": first.email}),
    )
    .await
    .expect(200);
    let token = app.mailed(&first.email, 2, "token").await;
    let body = json!({"uid": first.uid, "token": token, "new_password1": "NewSecure456", "new_password2": "NewSecure456"});
    app.post("/api/auth/password/reset/confirm/", "", body)
        .await
        .expect(200);
    is_refused(&app, &first).await;
    is_refused(&app, &second).await;
    app.restart().await;
    is_refused(&app, &first).await;
    is_refused(&app, &second).await;
}

#[tokio::test]
async fn a_suspension_ends_every_session_and_bars_the_login() {
    let mut app = TestApp::start().await;
    let user = app.register("vinyl_dealer").await;
    let key = app.service_key(&["admin"]);
    app.get("/api/v1/user/me/", &user.access).await.expect(200);
    let path = format!("/api/v1/admin/users/{}", user.uid);
    let suspended = app
        .post(&format!("{path}/suspend/"), &key, Value::Null)
        .await
        .expect(200);
    assert_eq!(suspended["is_suspended"], true);
    is_refused(&app, &user).await;
    let right = json!({"username": "vinyl_dealer", "password": PASSWORD});
    app.post("/api/auth/login/", "", right.clone())
        .await
        .problem(403, "account_suspended");
    let wrong = json!({"username": "vinyl_dealer", "password": "wrong"});
    app.post("/api/auth/login/", "", wrong)
        .await
        .problem(401, "invalid_credentials");
    app.restart().await;
    is_refused(&app, &user).await;
    let unsuspended = app
        .post(&format!("{path}/unsuspend/"), &key, Value::Null)
        .await
        .expect(200);
    assert_eq!(unsuspended["is_suspended"], false);
    is_refused(&app, &user).await;
    app.post("/api/auth/login/", "", right).await.expect(200);
}
