//! API keys on a real database: what is done by one is counted, what is revoked
//! is dead at once, and other services look accounts up.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Account, TestApp};

const ME: &str = "/api/v1/user/me/";
const KEYS: &str = "/api/v1/api-keys/";

async fn manager(app: &TestApp, staff: &str, name: &str) -> Account {
    let user = app.register(name).await;
    let path = format!("/api/v1/admin/users/{}/", user.uid);
    let right = json!({"can_manage_api_environment": true});
    app.patch(&path, staff, right).await.expect(200);
    user
}

async fn made(app: &TestApp, user: &Account) -> (String, String) {
    let key = app
        .post(KEYS, &user.access, json!({"name": "nightly"}))
        .await;
    let key = key.expect(201);
    let text = |name: &str| key[name].as_str().unwrap().to_owned();
    (text("uid"), text("key"))
}

#[tokio::test]
async fn what_ends_a_key_ends_it_at_the_next_request() {
    let mut app = TestApp::start().await;
    let staff = app.service_key(&["admin"]);
    let user = manager(&app, &staff, "vinyl_dealer").await;
    let of_user = format!("/api/v1/admin/users/{}/", user.uid);
    let (uid, key) = made(&app, &user).await;
    app.get(ME, &key).await.expect(200);
    for right in [false, true] {
        let change = json!({"can_manage_api_environment": right});
        app.patch(&of_user, &staff, change).await.expect(200);
        let status = app.get(ME, &key).await.status;
        assert_eq!(status, if right { 200 } else { 401 });
    }
    let rotate = format!("{KEYS}{uid}/rotate/");
    let rotated = app
        .post(&rotate, &user.access, Value::Null)
        .await
        .expect(200);
    let new = rotated["key"].as_str().unwrap();
    app.get(ME, &key).await.problem(401, "invalid_token");
    app.get(ME, new).await.expect(200);
    app.restart().await;
    app.get(ME, &key).await.problem(401, "invalid_token");
    app.get(ME, new).await.expect(200);
    let path = format!("{KEYS}{uid}/");
    app.delete(&path, &user.access).await.expect(204);
    app.get(ME, new).await.problem(401, "invalid_token");
    let (_, last) = made(&app, &user).await;
    app.get(ME, &last).await.expect(200);
    let suspend = format!("{of_user}suspend/");
    app.post(&suspend, &staff, json!({})).await.expect(200);
    app.get(ME, &last).await.problem(401, "invalid_token");
}

#[tokio::test]
async fn keys_are_listed_and_revoked_on_the_command_line() {
    let app = TestApp::start().await;
    let staff = app.service_key(&["admin"]);
    let user = manager(&app, &staff, "vinyl_dealer").await;
    let (uid, key) = made(&app, &user).await;
    app.get(ME, &key).await.expect(200);
    let list = || {
        let output = app.cli(&["key", "list"], "");
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let listed = list();
    let lines: Vec<Vec<&str>> = listed
        .lines()
        .map(|line| line.split('\t').collect())
        .collect();
    assert_eq!(lines.len(), 2, "{listed}");
    assert_eq!(lines[0][0], uid);
    assert!(key.starts_with(lines[0][1]), "{listed}");
    assert_eq!(lines[0][2..4], [&*user.uid, "-"]);
    assert_eq!(lines[0][7], "nightly");
    assert_eq!(lines[1][2..4], ["-", "admin"]);
    assert!(!listed.contains(&key) && !listed.contains(&staff));
    for line in &lines {
        let output = app.cli(&["key", "revoke", line[0]], "");
        assert!(output.status.success(), "{output:?}");
    }
    for dead in [&key, &staff] {
        app.get(ME, dead).await.problem(401, "invalid_token");
    }
    assert_eq!(list(), "");
    for bad in ["nonsense", &*uid] {
        let output = app.cli(&["key", "revoke", bad], "");
        assert_eq!(output.status.code(), Some(1), "{output:?}");
    }
}

#[tokio::test]
async fn uses_are_written_down_and_survive_a_restart() {
    let mut app = TestApp::start().await;
    let staff = app.service_key(&["admin"]);
    let user = manager(&app, &staff, "vinyl_dealer").await;
    let (uid, key) = made(&app, &user).await;
    app.get(ME, &key).await.expect(200);
    app.get("/api/v1/admin/users/", &key).await.expect(403);
    // What is not written down yet is written at the stop.
    app.restart().await;
    let usage = app
        .get("/api/v1/api-usage/", &user.access)
        .await
        .expect(200);
    let results = usage["results"].as_array().unwrap();
    // A day may have ended in between.
    let sum = |name: &str| -> u64 { results.iter().map(|row| row[name].as_u64().unwrap()).sum() };
    assert_eq!((sum("requests"), sum("errors")), (2, 1), "{usage}");
    assert!(results.iter().all(|row| row["api_key"] == *uid));
    let shown = app.get(&format!("{KEYS}{uid}/"), &user.access).await;
    assert!(shown.expect(200)["last_used_at"].is_string());
}

#[tokio::test]
async fn other_services_look_tokens_and_users_up() {
    let app = TestApp::start().await;
    let service = app.service_key(&["introspect", "users:read"]);
    let user = app.register("vinyl_dealer").await;
    let introspect = async |token: &str| {
        let body = json!({"token": token});
        app.post("/api/v1/introspect/", &service, body)
            .await
            .expect(200)
    };
    let found = introspect(&user.access).await;
    assert_eq!(
        (&found["active"], &found["sub"]),
        (&json!(true), &json!(user.uid))
    );
    assert_eq!(introspect(&user.refresh).await, json!({"active": false}));
    app.post("/api/auth/logout/", &user.access, Value::Null)
        .await
        .expect(200);
    assert_eq!(introspect(&user.access).await, json!({"active": false}));
    let path = format!(
        "/api/v1/users/?uid={}&uid=usr_01jabcdefghjkmnpqrstvwxyz0",
        user.uid
    );
    let users = app.get(&path, &service).await.expect(200);
    assert_eq!(users["count"], 1);
    assert_eq!(users["results"][0]["email"], user.email);
}

#[tokio::test]
async fn a_rotated_signing_key_counts_at_once_and_the_old_one_still_verifies() {
    let mut app = TestApp::start().await;
    let before = app.register("vinyl_dealer").await;
    app.get(ME, &before.access).await.expect(200);
    let keys = async |app: &TestApp| {
        let jwks = app.get("/.well-known/jwks.json", "").await.expect(200);
        let keys = jwks["keys"].as_array().unwrap().iter();
        keys.map(|key| key["kid"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let old = keys(&app).await;
    assert_eq!(old.len(), 1);
    let output = app.cli(&["secrets", "rotate", "--after", "0"], "");
    assert!(output.status.success(), "{output:?}");
    let printed = String::from_utf8(output.stdout).unwrap();
    let new = printed.split(' ').next().unwrap().to_owned();
    assert_eq!(keys(&app).await, [new.clone(), old[0].clone()]);
    app.get(ME, &before.access).await.expect(200);
    // It signs from the next whole second on.
    let header = |account: &Account| account.access.split('.').next().unwrap().to_owned();
    let deadline = std::time::Instant::now() + Duration::from_secs(10);
    let after = loop {
        let after = app.login("vinyl_dealer").await;
        if header(&after) != header(&before) {
            break after;
        }
        assert!(std::time::Instant::now() < deadline, "{}", app.log());
    };
    app.get(ME, &after.access).await.expect(200);
    app.restart().await;
    for account in [&before, &after] {
        app.get(ME, &account.access).await.expect(200);
    }
    assert_eq!(keys(&app).await, [new, old[0].clone()]);
}
