//! A5: an account made by an attacker with the victim's address, with sessions, an
//! API key, an identity and a pending change; the victim then resets: everything of
//! the attacker is dead.

use serde_json::{Value, json};

use super::super::identities::linked::Providers;
use crate::support::letters::{code, link_parameter};
use crate::support::{PASSWORD, TestApp};

#[tokio::test]
async fn a5_a_reset_leaves_the_attacker_nothing() {
    let providers = Providers::start();
    let app = TestApp::start_with(&providers.settings()).await;
    let attacker = app.register("victim").await;
    app.letters(&attacker.email, 1).await;
    let login = json!({"username": "victim", "password": PASSWORD});
    let login = app.post("/api/auth/login/", "", login).await;
    let cookie = login
        .header("set-cookie")
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    let second = login.expect(200);
    let device = json!({"token": "attackers_phone", "platform": "ios"});
    app.post("/api/v1/device-tokens/register/", &attacker.access, device)
        .await
        .expect(201);
    let admin = app.admin().await;
    let path = format!("/api/v1/admin/users/{}/", attacker.uid);
    let rights = json!({"can_manage_api_environment": true});
    app.patch(&path, &admin.access, rights).await.expect(200);
    let key = app
        .post(
            "/api/v1/api-keys/",
            &attacker.access,
            json!({"name": "back door"}),
        )
        .await
        .expect(201);
    let key = key["key"].as_str().unwrap().to_owned();
    app.get("/api/v1/user/me/", &key).await.expect(200);
    providers.link(&app, &attacker, "github").await;
    let pending = app.start_change(&attacker, "attacker@example.org", 1).await;

    let reset = json!({"email": attacker.email});
    app.post("/api/auth/password/reset/", "", reset)
        .await
        .expect(200);
    let letter = app
        .letter_about(&attacker.email, "Reset your password")
        .await;
    let body = json!({
        "uid": link_parameter(&letter, "uid"),
        "token": link_parameter(&letter, "token"),
        "new_password1": "FreshHorse456", "new_password2": "FreshHorse456",
    });
    app.post("/api/auth/password/reset/confirm/", "", body)
        .await
        .expect(200);

    let me = "/api/v1/user/me/";
    let second_access = second["access"].as_str().unwrap();
    for access in [&attacker.access, second_access, &key] {
        app.get(me, access).await.problem(401, "invalid_token");
    }
    for refresh in [json!(attacker.refresh), second["refresh"].clone()] {
        let body = json!({"refresh": refresh});
        app.post("/api/auth/token/refresh/", "", body)
            .await
            .problem(401, "invalid_token");
    }
    let by_cookie = app.request("GET", me).header("Cookie", cookie);
    assert_eq!(by_cookie.send().await.unwrap().status(), 401);
    let login = json!({"username": "victim", "password": PASSWORD});
    app.post("/api/auth/login/", "", login)
        .await
        .problem(401, "invalid_credentials");
    let confirm = "/api/v1/user/me/email-change/confirm/";
    let token = json!({"token": link_parameter(&pending, "token")});
    app.post(confirm, "", token)
        .await
        .problem(400, "invalid_token");

    let victim = app.login_with("victim", "FreshHorse456").await;
    let account = app.get(me, &victim.access).await.expect(200);
    assert_eq!(account["email"], attacker.email);
    assert_eq!(account["email_verified"], true);
    app.post(confirm, &victim.access, json!({"code": code(&pending)}))
        .await
        .problem(400, "invalid_code");
    app.get("/api/v1/user/me/email-change/", &victim.access)
        .await
        .problem(404, "not_found");
    let devices = app.get("/api/v1/device-tokens/", &victim.access).await;
    assert_eq!(devices.expect(200)["results"], Value::Array(Vec::new()));
    let identities = app.get("/api/v1/user/me/identities/", &victim.access).await;
    assert_eq!(identities.expect(200)["results"], Value::Array(Vec::new()));
    let keys = app.get("/api/v1/api-keys/", &victim.access).await;
    assert_eq!(keys.expect(200)["results"], Value::Array(Vec::new()));
}
