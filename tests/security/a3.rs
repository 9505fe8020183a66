//! A3: parallel resets with one token; tokens after reissue, password change
//! and e-mail change; blank, null, list, another purpose, another user.

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::letters::link_parameter;
use crate::support::{Account, PASSWORD, TestApp};

const RESET: &str = "/api/auth/password/reset/";
const CONFIRM: &str = "/api/auth/password/reset/confirm/";

/// Asks for a reset; answers the token of its letter, which is among `count` then.
async fn asked(app: &TestApp, user: &Account, count: usize) -> String {
    let body = json!({"email": user.email});
    app.post(RESET, "", body).await.expect(200);
    app.mailed(&user.email, count, "token").await
}

fn confirmation(uid: &str, token: &Value, password: &str) -> Value {
    json!({"uid": uid, "token": token, "new_password1": password, "new_password2": password})
}

/// Whether the first password is the right one still.
async fn is_untouched(app: &TestApp, user: &Account) -> bool {
    let body = json!({"username": user.username, "password": PASSWORD});
    app.post("/api/auth/login/", "", body).await.status == 200
}

async fn is_dead(app: &TestApp, user: &Account, token: &str) {
    let body = confirmation(&user.uid, &json!(token), "Attacker789x");
    app.post(CONFIRM, "", body)
        .await
        .problem(400, "invalid_token");
}

#[tokio::test]
async fn a3_of_50_parallel_resets_with_one_token_one_succeeds() {
    let app = TestApp::start().await;
    let user = app.register("vinyl_dealer").await;
    let token = json!(asked(&app, &user, 2).await);
    let passwords: Vec<_> = (0..50).map(|n| format!("NewSecure456x{n}")).collect();
    let resets = passwords
        .iter()
        .map(|password| app.post(CONFIRM, "", confirmation(&user.uid, &token, password)));
    let replies = join_all(resets).await;
    let won: Vec<_> = (0..50).filter(|n| replies[*n].status == 200).collect();
    assert_eq!(won.len(), 1, "exactly one");
    for (number, reply) in replies.iter().enumerate() {
        if number != won[0] {
            reply.problem(400, "invalid_token");
        }
    }
    app.login_with("vinyl_dealer", &passwords[won[0]]).await;
    assert!(!is_untouched(&app, &user).await);
}

#[tokio::test]
async fn a3_a_token_is_dead_after_reissue_password_change_and_email_change() {
    let app = TestApp::start().await;
    let user = app.register("vinyl_dealer").await;
    let first = asked(&app, &user, 2).await;
    let second = asked(&app, &user, 3).await;
    is_dead(&app, &user, &first).await;
    assert!(is_untouched(&app, &user).await);

    let change = json!({
        "current_password": PASSWORD, "new_password": "NewSecure456",
        "confirm_password": "NewSecure456",
    });
    app.post("/api/v1/user/password/", &user.access, change)
        .await
        .expect(200);
    is_dead(&app, &user, &second).await;
    app.letters(&user.email, 4).await;

    let third = asked(&app, &user, 5).await;
    let letter = app.start_change(&user, "new@example.com", 1).await;
    let body = json!({"token": link_parameter(&letter, "token")});
    app.post("/api/v1/user/me/email-change/confirm/", "", body)
        .await
        .expect(200);
    is_dead(&app, &user, &third).await;
    app.login_with("vinyl_dealer", "NewSecure456").await;
}

#[tokio::test]
async fn a3_no_other_value_is_a_token() {
    let app = TestApp::start().await;
    let (user, other) = (
        app.register("vinyl_dealer").await,
        app.register("other").await,
    );
    let verification = app.mailed(&user.email, 1, "key").await;
    let letter = app.start_change(&user, "new@example.com", 1).await;
    let change = link_parameter(&letter, "token");
    let token = asked(&app, &user, 2).await;
    for value in [json!(""), json!(null), json!([token]), json!({}), json!(1)] {
        let body = confirmation(&user.uid, &value, "Attacker789x");
        let problem = app.post(CONFIRM, "", body).await.problem(400, "invalid");
        assert_eq!(problem["errors"][0]["field"], "token", "{problem}");
    }
    for value in [
        verification,
        change,
        format!("{token}x"),
        user.refresh.clone(),
    ] {
        is_dead(&app, &user, &value).await;
    }
    is_dead(&app, &other, &token).await;
    assert!(is_untouched(&app, &user).await && is_untouched(&app, &other).await);
    let key = json!({"key": token});
    app.post("/api/auth/registration/verify-email/", "", key)
        .await
        .problem(400, "invalid_key");
    // None of it has spent the token.
    let body = confirmation(&user.uid, &json!(token), "NewSecure456");
    app.post(CONFIRM, "", body).await.expect(200);
}
