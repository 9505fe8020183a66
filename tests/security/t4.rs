//! T4: writes with the session cookie from another origin, from `null`, and by
//! a form of text/plain.

use serde_json::json;

use super::{cookie, login};
use crate::support::{Reply, TestApp};

const ME: &str = "/api/v1/user/me/";

/// Requests that change something, with a body where they take one.
fn changes(session: &str) -> Vec<(&'static str, String, &'static str)> {
    vec![
        ("PATCH", ME.to_owned(), r#"{"first_name": "Mallory"}"#),
        (
            "PATCH",
            "/api/auth/user/".to_owned(),
            r#"{"first_name": "Mallory"}"#,
        ),
        (
            "PATCH",
            "/api/v1/user/me/settings/".to_owned(),
            r#"{"theme": "hostile"}"#,
        ),
        (
            "POST",
            "/api/v1/user/password/".to_owned(),
            r#"{"current_password": "OldPass123", "new_password": "NewSecure456", "confirm_password": "NewSecure456"}"#,
        ),
        (
            "POST",
            "/api/v1/support/".to_owned(),
            r#"{"subject": "s", "message": "m"}"#,
        ),
        (
            "POST",
            "/api/v1/user/me/sessions/revoke-others/".to_owned(),
            "",
        ),
        ("DELETE", format!("/api/v1/user/me/sessions/{session}/"), ""),
        ("POST", "/api/auth/logout/".to_owned(), ""),
    ]
}

#[tokio::test]
async fn t4_a_cookie_changes_nothing_from_elsewhere() {
    let app = TestApp::start().await;
    let user = app.register("vinyl_dealer").await;
    let reply = login(&app, "vinyl_dealer", "").await;
    let before = reply.expect(200)["user"].clone();
    let session_cookie = cookie(&reply, "vestibule_session");
    let list = app
        .get("/api/v1/user/me/sessions/", &user.access)
        .await
        .expect(200);
    let other = list["results"][1]["uid"].as_str().unwrap();
    let elsewhere = format!("{}.evil.example", app.url);
    let attacks: Vec<Vec<(&str, &str)>> = vec![
        vec![],
        vec![("content-type", "text/plain")],
        vec![("content-type", "application/x-www-form-urlencoded")],
        vec![("origin", "http://evil.example")],
        vec![("origin", "null")],
        vec![("origin", "null"), ("content-type", "text/plain")],
        vec![("origin", "")],
        vec![("origin", &elsewhere)],
        vec![("origin", "https://127.0.0.1")],
        vec![("sec-fetch-site", "cross-site")],
        vec![("sec-fetch-site", "same-site")],
        vec![("sec-fetch-site", "none")],
        vec![
            ("sec-fetch-site", "cross-site"),
            ("content-type", "text/plain"),
        ],
        // What the browser says about the request counts, not its origin.
        vec![("sec-fetch-site", "cross-site"), ("origin", &app.url)],
        vec![("referer", &app.url)],
        vec![("x-http-method-override", "GET")],
    ];
    for (method, path, body) in changes(other) {
        for attack in &attacks {
            let mut request = app.request(method, &path).header("cookie", &session_cookie);
            if !attack.iter().any(|(name, _)| *name == "content-type") {
                request = request.header("content-type", "application/json");
            }
            for (name, value) in attack {
                request = request.header(*name, *value);
            }
            let reply = Reply::read(request.body(body).send().await.unwrap()).await;
            reply.problem(403, "cross_origin");
            assert_eq!(reply.header("set-cookie"), "", "{method} {path} {attack:?}");
        }
    }
    let read = app.request("GET", ME).header("cookie", &session_cookie);
    let after = Reply::read(read.send().await.unwrap()).await.expect(200);
    assert_eq!(after, before);
    assert_eq!(
        app.get("/api/v1/user/me/settings/", &user.access)
            .await
            .expect(200),
        json!({})
    );
    let inquiries = app.get("/api/v1/support/inquiries/", &user.access).await;
    assert_eq!(inquiries.expect(200)["count"], 0);
    let list = app.get("/api/v1/user/me/sessions/", &user.access).await;
    assert_eq!(list.expect(200)["count"], 2);
    app.login("vinyl_dealer").await;
}

#[tokio::test]
async fn t4_a_cookie_changes_things_from_its_own_origin() {
    let app = TestApp::start().await;
    app.register("vinyl_dealer").await;
    let session_cookie = cookie(&login(&app, "vinyl_dealer", "").await, "vestibule_session");
    for (name, value) in [
        ("sec-fetch-site", "same-origin"),
        ("origin", app.url.as_str()),
    ] {
        let request = app
            .request("PATCH", ME)
            .header("cookie", &session_cookie)
            .header(name, value)
            .json(&json!({"first_name": name}));
        let reply = Reply::read(request.send().await.unwrap()).await;
        assert_eq!(reply.expect(200)["first_name"], name);
        // A form of text/plain is no JSON, wherever it comes from.
        let form = app
            .request("PATCH", ME)
            .header("cookie", &session_cookie)
            .header(name, value)
            .header("content-type", "text/plain")
            .body(r#"{"first_name": "Mallory"}"#);
        Reply::read(form.send().await.unwrap()).await.expect(415);
    }
}

#[tokio::test]
async fn t4_a_login_makes_a_new_session_and_ends_none() {
    let app = TestApp::start().await;
    app.register("vinyl_dealer").await;
    let first = cookie(&login(&app, "vinyl_dealer", "").await, "vestibule_session");
    // A cookie that is sent along is neither taken over nor ended.
    let second = cookie(
        &login(&app, "vinyl_dealer", &first).await,
        "vestibule_session",
    );
    assert_ne!(first, second);
    let planted = login(&app, "vinyl_dealer", "vestibule_session=planted").await;
    assert_ne!(
        cookie(&planted, "vestibule_session"),
        "vestibule_session=planted"
    );
    for cookie in [first, second] {
        let request = app.request("GET", ME).header("cookie", cookie);
        Reply::read(request.send().await.unwrap()).await.expect(200);
    }
}
