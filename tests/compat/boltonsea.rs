//! What transcripts of the BoltonSea dialect cannot show.

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::{PASSWORD, Reply, TestApp};

const USERS: &str = "/users";

async fn provision(app: &TestApp, writer: &str, email: &str) -> Reply {
    let body = json!({"email": email, "first_name": "Jamie"});
    app.post(USERS, writer, body).await
}

fn username(app: &TestApp, email: &str) -> String {
    let letters = app.letters_now(email);
    let greeting = letters
        .iter()
        .flat_map(|letter| letter.lines())
        .find_map(|line| line.strip_prefix("Hello ")?.strip_suffix(','));
    greeting.unwrap().to_owned()
}

#[tokio::test]
async fn a_user_that_was_made_sets_the_password_by_the_letter() {
    let app = TestApp::start().await;
    let writer = app.service_key(&["users:write"]);
    let email = "daniel@sajmx.com";
    let made = provision(&app, &writer, email).await.expect(201);
    let login = |password: &str| json!({"email": email, "password": password});
    let refused = app.post("/api/auth/login/", "", login(PASSWORD)).await;
    refused.problem(401, "invalid_credentials");

    let token = app.mailed_link(email, "token").await;
    let letter = app.letters_now(email).remove(0);
    assert!(letter.contains("valid for 7 days"), "{letter}");
    let confirm = |token: &str| {
        json!({
            "uid": made["id"], "token": token,
            "new_password1": PASSWORD, "new_password2": PASSWORD,
        })
    };
    let path = "/api/auth/password/reset/confirm/";
    app.post(path, "", confirm(&token)).await.expect(200);
    app.post(path, "", confirm(&token))
        .await
        .problem(400, "invalid_token");

    let user = app.post("/api/auth/login/", "", login(PASSWORD)).await;
    let user = user.expect(200);
    let me = &user["user"];
    assert_eq!(me["uid"], made["id"]);
    assert_eq!(me["username"], "daniel");
    assert_eq!(me["email_verified"], true);
    let access = user["access"].as_str().unwrap();
    let shown = app.get(USERS, access).await.expect(200);
    assert_eq!(shown, made);

    // Who made the account is on record.
    let activity = app.get("/api/v1/user/me/activity/", access).await;
    let activity = activity.expect(200);
    let entries = activity["results"].as_array().unwrap();
    let created: Vec<&Value> = entries
        .iter()
        .filter(|entry| entry["event"] == "account.created")
        .collect();
    let [created] = created.as_slice() else {
        panic!("{entries:?}");
    };
    let key = created["details"]["api_key"].as_str().unwrap();
    assert!(key.starts_with("key_"), "{created}");
    assert_eq!(created["ip"], Value::Null);
}

#[tokio::test]
async fn of_many_made_at_once_each_gets_a_username_and_each_address_one_user() {
    let app = TestApp::start().await;
    let writer = app.service_key(&["users:write"]);
    let emails: Vec<_> = (0..20).map(|n| format!("info@shop{n}.example")).collect();
    let calls = emails.iter().map(|email| provision(&app, &writer, email));
    for reply in join_all(calls).await {
        reply.expect(201);
    }
    let mut usernames = Vec::new();
    for email in &emails {
        app.mailed_link(email, "token").await;
        usernames.push(username(&app, email));
    }
    usernames.sort();
    usernames.dedup();
    assert_eq!(usernames.len(), 20);
    assert_eq!(usernames[0], "info");
    assert!(usernames.iter().all(|name| name.starts_with("info")));

    let calls = (0..20).map(|_| provision(&app, &writer, "one@shop.example"));
    let mut statuses: Vec<_> = join_all(calls)
        .await
        .iter()
        .map(|reply| reply.status)
        .collect();
    statuses.sort_unstable();
    assert_eq!(statuses[0], 201);
    assert!(statuses[1..].iter().all(|status| *status == 409));
    assert_eq!(app.letters("one@shop.example", 1).await.len(), 1);
}

#[tokio::test]
async fn a_step_up_is_asked_for_where_the_operator_wants_it() {
    let app = TestApp::start_with(&[
        ("VESTIBULE_COMPAT__BOLTONSEA__STEP_UP", "true"),
        ("VESTIBULE_COMPAT__EXANTE__ENABLED", "false"),
    ])
    .await;
    let user = app.register("ada").await;
    // A login just now is enough; a password that is sent is looked at.
    let put = |password: Value| {
        json!({
            "country_id": "CA", "email": "new@example.com", "first_name": "Ada",
            "current_password": password,
        })
    };
    let wrong = app
        .send("PUT", USERS, &user.access, put("wrong".into()))
        .await;
    let wrong = wrong.expect(400);
    assert!(wrong["fields"]["current_password"].is_string(), "{wrong}");
    app.send("PUT", USERS, &user.access, put(Value::Null))
        .await
        .expect(200);
    let delete = json!({"current_password": "wrong"});
    app.send("DELETE", USERS, &user.access, delete)
        .await
        .expect(400);
    let delete = json!({"current_password": PASSWORD});
    app.send("DELETE", USERS, &user.access, delete)
        .await
        .expect(204);
    app.send("PATCH", "/api/user", &user.access, json!({}))
        .await
        .expect(405);
}

#[tokio::test]
async fn what_is_too_large_is_refused_in_the_shape_of_each_dialect() {
    let app = TestApp::start().await;
    let user = app.register("ada").await;
    let large = format!("{{\"first_name\": \"{}\"}}", "a".repeat(300_000));
    let refused = app
        .raw("PUT", USERS, &user.access, large.as_bytes())
        .await
        .expect(413);
    assert!(refused["error"].is_string(), "{refused}");
    let refused = app
        .raw("PATCH", "/api/user", &user.access, large.as_bytes())
        .await
        .expect(413);
    assert_eq!(refused["status"], "error");
    assert_eq!(refused["status_code"], 413);
}

#[tokio::test]
async fn a_new_address_that_is_mailed_too_often_is_429_in_the_dialect_s_shape() {
    let app = TestApp::start_with(&[("VESTIBULE_RATE_LIMITS__ENABLED", "true")]).await;
    let user = app.register("ada").await;
    let change = json!({"country_id": "GB", "email": "new@example.com", "first_name": "Ada"});
    let put = || app.send("PUT", USERS, &user.access, change.clone());
    for _ in 0..3 {
        put().await.expect(200);
    }
    let refused = put().await;
    let answer = refused.expect(429);
    assert!(answer["error"].is_string(), "{answer}");
    assert_eq!(answer.get("fields"), None);
    let wait: u64 = refused.header("retry-after").parse().unwrap();
    assert!((1..=3600).contains(&wait), "{wait}");
    assert_eq!(refused.header("ratelimit-limit"), "3");
    assert_eq!(refused.header("ratelimit-remaining"), "0");
}
