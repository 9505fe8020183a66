//! T2: logout, password change, reset, suspension, deletion with 130 sessions; restart.

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::{cookie, login};
use crate::support::{Account, PASSWORD, Reply, TestApp};

const SESSIONS: usize = 130;
const AT_ONCE: usize = 10;
const ME: &str = "/api/v1/user/me/";

/// What one session is known by.
struct Secrets {
    access: String,
    refresh: String,
    cookie: String,
}

/// A user with 130 sessions; the first one is the account's own.
async fn user(app: &TestApp, name: &str) -> (Account, Vec<Secrets>) {
    let account = app.register(name).await;
    let mut sessions = Vec::new();
    while sessions.len() < SESSIONS {
        let logins = (0..AT_ONCE).map(|_| login(app, name, ""));
        for reply in join_all(logins).await {
            let body = reply.expect(200);
            let text = |field: &str| body[field].as_str().unwrap().to_owned();
            sessions.push(Secrets {
                access: text("access"),
                refresh: text("refresh"),
                cookie: cookie(&reply, "vestibule_session"),
            });
        }
    }
    (account, sessions)
}

/// Whether the session counts; all that it is known by must agree.
async fn is_live(app: &TestApp, secrets: &Secrets) -> bool {
    let with_cookie = app.request("GET", ME).header("cookie", &secrets.cookie);
    let by_cookie = Reply::read(with_cookie.send().await.unwrap()).await;
    let by_token = app.get(ME, &secrets.access).await;
    let verify = json!({"token": secrets.refresh});
    let by_refresh = app.post("/api/auth/token/verify/", "", verify).await;
    assert_eq!(by_cookie.status, by_token.status);
    assert_eq!(by_refresh.status, by_token.status);
    if by_token.status == 200 {
        return true;
    }
    by_token.problem(401, "invalid_token");
    by_cookie.problem(401, "invalid_token");
    let refresh = json!({"refresh": secrets.refresh});
    app.post("/api/auth/token/refresh/", "", refresh)
        .await
        .problem(401, "invalid_token");
    false
}

/// Checks that of these sessions exactly those live that may.
async fn check(app: &TestApp, sessions: &[Secrets], lives: impl Fn(usize) -> bool) {
    for (number, secrets) in sessions.iter().enumerate() {
        assert_eq!(
            is_live(app, secrets).await,
            lives(number),
            "session {number}"
        );
    }
}

#[tokio::test]
async fn t2_a_logout_ends_one_of_130_sessions() {
    let mut app = TestApp::start().await;
    let (_, sessions) = user(&app, "vinyl_dealer").await;
    check(&app, &sessions, |_| true).await;
    app.post("/api/auth/logout/", &sessions[7].access, Value::Null)
        .await
        .expect(200);
    check(&app, &sessions, |number| number != 7).await;
    app.restart().await;
    check(&app, &sessions, |number| number != 7).await;
}

#[tokio::test]
async fn t2_a_revoked_session_and_all_others_end() {
    let mut app = TestApp::start().await;
    let (_, sessions) = user(&app, "vinyl_dealer").await;
    check(&app, &sessions, |_| true).await;
    let path = "/api/v1/user/me/sessions/";
    let list = app.get(path, &sessions[7].access).await.expect(200);
    assert_eq!(
        list["count"],
        SESSIONS + 1,
        "the registration's is one, too"
    );
    let newest = list["results"][0]["uid"].as_str().unwrap();
    app.delete(&format!("{path}{newest}/"), &sessions[7].access)
        .await
        .expect(204);
    let mut live = 0;
    for secrets in &sessions {
        live += usize::from(is_live(&app, secrets).await);
    }
    assert_eq!(live, SESSIONS - 1);
    let revoked = app
        .post(
            &format!("{path}revoke-others/"),
            &sessions[7].access,
            Value::Null,
        )
        .await;
    assert_eq!(revoked.expect(200), json!({"revoked": SESSIONS - 1}));
    check(&app, &sessions, |number| number == 7).await;
    app.restart().await;
    check(&app, &sessions, |number| number == 7).await;
}

#[tokio::test]
async fn t2_a_password_change_ends_all_but_the_session_that_asks() {
    let mut app = TestApp::start().await;
    let (_, sessions) = user(&app, "vinyl_dealer").await;
    check(&app, &sessions, |_| true).await;
    let change = json!({
        "current_password": PASSWORD, "new_password": "NewSecure456", "confirm_password": "NewSecure456",
    });
    app.post("/api/v1/user/password/", &sessions[7].access, change)
        .await
        .expect(200);
    check(&app, &sessions, |number| number == 7).await;
    app.restart().await;
    check(&app, &sessions, |number| number == 7).await;
}

#[tokio::test]
async fn t2_a_reset_ends_all_sessions() {
    let mut app = TestApp::start().await;
    let (account, sessions) = user(&app, "vinyl_dealer").await;
    check(&app, &sessions, |_| true).await;
    let ask = json!({"email": account.email});
    app.post("/api/auth/password/reset/", "", ask)
        .await
        .expect(200);
    let token = app.mailed_link(&account.email, "token").await;
    let body = json!({
        "uid": account.uid, "token": token, "new_password1": "NewSecure456", "new_password2": "NewSecure456",
    });
    app.post("/api/auth/password/reset/confirm/", "", body)
        .await
        .expect(200);
    check(&app, &sessions, |_| false).await;
    app.restart().await;
    check(&app, &sessions, |_| false).await;
}

#[tokio::test]
async fn t2_a_deletion_ends_all_sessions() {
    let mut app = TestApp::start().await;
    let (_, sessions) = user(&app, "vinyl_dealer").await;
    check(&app, &sessions, |_| true).await;
    app.delete(ME, &sessions[7].access).await.expect(204);
    check(&app, &sessions, |_| false).await;
    app.restart().await;
    check(&app, &sessions, |_| false).await;
}

#[tokio::test]
async fn t2_a_suspension_ends_all_sessions_for_good() {
    let mut app = TestApp::start().await;
    let (account, sessions) = user(&app, "vinyl_dealer").await;
    check(&app, &sessions, |_| true).await;
    let key = app.service_key(&["admin"]);
    let path = format!("/api/v1/admin/users/{}/", account.uid);
    app.post(&format!("{path}suspend/"), &key, Value::Null)
        .await
        .expect(200);
    check(&app, &sessions, |_| false).await;
    app.restart().await;
    check(&app, &sessions, |_| false).await;
    app.post(&format!("{path}unsuspend/"), &key, Value::Null)
        .await
        .expect(200);
    check(&app, &sessions, |_| false).await;
}
