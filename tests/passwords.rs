//! Password change and reset.

use serde_json::json;

use crate::support::{PASSWORD, TestApp};

#[tokio::test]
async fn a_password_is_reset_by_mail() {
    let app = TestApp::start().await;
    let user = app.register("vinyl_dealer").await;
    let reset = "/api/auth/password/reset/";
    let known = app.post(reset, "", json!({"email": user.email})).await;
    let unknown = app
        .post(reset, "", json!({"email": "nobody@example.com"}))
        .await;
    assert_eq!(known.expect(200), unknown.expect(200));
    let token = app.mailed(&user.email, 2, "token").await;
    let uid = app.mailed(&user.email, 2, "uid").await;
    assert_eq!(uid, user.uid);

    let confirm = |uid: &str, token: &str, password: &str| {
        let body = json!({"uid": uid, "token": token, "new_password1": password, "new_password2": password});
        app.post("/api/auth/password/reset/confirm/", "", body)
    };
    confirm(&uid, "wrong", "NewSecure456")
        .await
        .problem(400, "invalid_token");
    confirm("usr_x", &token, "NewSecure456")
        .await
        .problem(400, "invalid_token");
    // A refused password does not spend the token.
    confirm(&uid, &token, "short")
        .await
        .bad_fields(&[("new_password1", "too_short")]);
    confirm(&uid, &token, "NewSecure456").await.expect(200);
    confirm(&uid, &token, "NewSecure789")
        .await
        .problem(400, "invalid_token");

    app.get("/api/v1/user/me/", &user.access)
        .await
        .problem(401, "invalid_token");
    let signed_in = app.login_with("vinyl_dealer", "NewSecure456").await;
    let me = app
        .get("/api/v1/user/me/", &signed_in.access)
        .await
        .expect(200);
    assert_eq!(me["email_verified"], true);
}

#[tokio::test]
async fn a_reset_token_dies_when_reissued_or_when_the_password_changes() {
    let app = TestApp::start().await;
    let user = app.register("vinyl_dealer").await;
    let ask = || {
        app.post(
            "/api/auth/password/reset/",
            "",
            json!({"email": user.email}),
        )
    };
    let confirm = |token: String| {
        let body = json!({"uid": user.uid, "token": token, "new_password1": "NewSecure456", "new_password2": "NewSecure456"});
        app.post("/api/auth/password/reset/confirm/", "", body)
    };
    ask().await.expect(200);
    let first = app.mailed(&user.email, 2, "token").await;
    ask().await.expect(200);
    let second = app.mailed(&user.email, 3, "token").await;
    confirm(first).await.problem(400, "invalid_token");
    let change = json!({"current_password": PASSWORD, "new_password": "Between789x", "confirm_password": "Between789x"});
    app.post("/api/v1/user/password/", &user.access, change)
        .await
        .expect(200);
    confirm(second).await.problem(400, "invalid_token");
}

#[tokio::test]
async fn parallel_confirmations_of_one_token_work_once() {
    let app = TestApp::start().await;
    let user = app.register("vinyl_dealer").await;
    app.post(
        "/api/auth/password/reset/",
        "",
        json!({"email": user.email}),
    )
    .await
    .expect(200);
    let token = app.mailed(&user.email, 2, "token").await;
    let attempts = (0..20).map(|_| {
        let body = json!({"uid": user.uid, "token": token, "new_password1": "NewSecure456", "new_password2": "NewSecure456"});
        app.post("/api/auth/password/reset/confirm/", "", body)
    });
    let replies = futures_util::future::join_all(attempts.collect::<Vec<_>>()).await;
    assert_eq!(
        replies.iter().filter(|reply| reply.status == 200).count(),
        1
    );
    assert_eq!(
        replies.iter().filter(|reply| reply.status == 400).count(),
        19
    );
}

#[tokio::test]
async fn a_password_change_wants_the_current_password() {
    let app = TestApp::start_with(&[("VESTIBULE_RATE_LIMITS__ENABLED", "true")]).await;
    let user = app.register("vinyl_dealer").await;
    // One that is not sent is no guess, and holds nobody up.
    for (path, current, new, again) in [
        (
            "/api/v1/user/password/",
            "current_password",
            "new_password",
            "confirm_password",
        ),
        (
            "/api/auth/password/change/",
            "old_password",
            "new_password1",
            "new_password2",
        ),
    ] {
        for _ in 0..4 {
            let body = json!({new: "NewSecure456", again: "NewSecure456"});
            app.post(path, &user.access, body)
                .await
                .bad_fields(&[(current, "required")]);
        }
    }
    let body = json!({"old_password": "wrong", "new_password1": "short", "new_password2": "short"});
    app.post("/api/auth/password/change/", &user.access, body)
        .await
        .bad_fields(&[
            ("old_password", "incorrect"),
            ("new_password1", "too_short"),
        ]);
    let body = json!({"current_password": PASSWORD, "new_password": "NewSecure456", "confirm_password": "NewSecure457"});
    app.post("/api/v1/user/password/", &user.access, body)
        .await
        .bad_fields(&[("confirm_password", "mismatch")]);
    let body = json!({"old_password": PASSWORD, "new_password1": "NewSecure456", "new_password2": "NewSecure456"});
    app.post("/api/auth/password/change/", &user.access, body)
        .await
        .expect(200);
    app.login_with("vinyl_dealer", "NewSecure456").await;
}
