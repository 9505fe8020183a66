//! A1: a password of 72 x and A, login with …B; `pw\0pw` for `pw`: 401.

use serde_json::json;

use crate::support::TestApp;

async fn status(app: &TestApp, password: &str) -> u16 {
    let body = json!({"username": "vinyl_dealer", "password": password});
    app.post("/api/auth/login/", "", body).await.status
}

async fn with_password(password: &str) -> TestApp {
    let app = TestApp::start().await;
    let body = json!({
        "username": "vinyl_dealer", "email": "dealer@example.com",
        "password1": password, "password2": password,
    });
    app.post("/api/auth/registration/", "", body)
        .await
        .expect(201);
    app
}

#[tokio::test]
async fn a1_what_follows_byte_72_counts() {
    let long = "x".repeat(72);
    let app = with_password(&format!("{long}A")).await;
    assert_eq!(status(&app, &format!("{long}B")).await, 401);
    assert_eq!(status(&app, &long).await, 401);
    assert_eq!(status(&app, &format!("{long}AA")).await, 401);
    assert_eq!(status(&app, &format!("{long}A")).await, 200);
}

#[tokio::test]
async fn a1_a_password_does_not_repeat_after_nul() {
    let password = "correct horse battery";
    let app = with_password(password).await;
    assert_eq!(status(&app, &format!("{password}\0{password}")).await, 401);
    assert_eq!(status(&app, &format!("{password}\0")).await, 401);
    assert_eq!(status(&app, password).await, 200);
}
