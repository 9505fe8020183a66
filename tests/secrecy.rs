//! No token, key or password issued stands in the database or the logs.

use serde_json::{Value, json};

use crate::support::{PASSWORD, TestApp};

fn forms(secret: &str) -> Vec<Vec<u8>> {
    use std::fmt::Write as _;
    let hex = secret.bytes().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    });
    vec![
        secret.as_bytes().to_vec(),
        hex.clone().into_bytes(),
        hex.to_uppercase().into_bytes(),
    ]
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack
        .windows(needle.len())
        .any(|window| window == needle)
}

#[tokio::test]
async fn nothing_issued_is_stored_or_logged() {
    let mut app = TestApp::start_with(&[("VESTIBULE_LOG__LEVEL", "debug")]).await;
    let user = app.register("vinyl_dealer").await;
    let body = json!({"username": "vinyl_dealer", "password": PASSWORD});
    let login = app.post("/api/auth/login/", "", body).await;
    let cookie = login.header("set-cookie");
    let cookie = cookie.split(['=', ';']).nth(1).unwrap().to_owned();
    let login = login.expect(200);
    let refreshed = app
        .post(
            "/api/auth/token/refresh/",
            "",
            json!({"refresh": user.refresh}),
        )
        .await
        .expect(200);
    let verification = app.mailed(&user.email, 1, "key").await;
    app.post(
        "/api/auth/password/reset/",
        "",
        json!({"email": user.email}),
    )
    .await
    .expect(200);
    let reset = app.mailed(&user.email, 2, "token").await;
    let key = app.service_key(&["admin"]);
    app.get(&format!("/api/v1/admin/users/?email={}", user.email), &key)
        .await
        .expect(200);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let secrets = [
        PASSWORD.to_owned(),
        user.access.clone(),
        user.refresh.clone(),
        text(&login["access"]),
        text(&login["refresh"]),
        text(&refreshed["access"]),
        text(&refreshed["refresh"]),
        cookie,
        verification,
        reset,
        key,
    ];
    let while_running = app.stored();
    app.stop();
    for (name, bytes) in while_running
        .into_iter()
        .chain(app.stored())
        .chain([("log".to_owned(), app.log().into_bytes())])
    {
        for secret in &secrets {
            for form in forms(secret) {
                assert!(!contains(&bytes, &form), "{secret} in {name}");
            }
        }
    }
    assert!(!app.log().contains(&user.email), "{}", app.log());
}
