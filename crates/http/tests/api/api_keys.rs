use std::time::Duration;

use actix_web::http::StatusCode;
use serde_json::{Value, json};
use vestibule_domain::outbox::Mail;

use crate::site::{As, PASSWORD, PUBLIC_URL, TestSite, invalid, refused};

const PATH: &str = "/api/v1/api-keys/";
const USAGE: &str = "/api/v1/api-usage/";
const ME: &str = "/api/v1/user/me/";

/// A site with an administrator and a user who may have keys.
async fn with_manager() -> (TestSite, As, As, Value) {
    let site = TestSite::open().await;
    let (admin, _) = site.admin("grace").await;
    let (user, me) = site.manager(&admin, "ada").await;
    (site, admin, user, me)
}

async fn made(site: &TestSite, user: &As, body: Value) -> (String, As) {
    let key = site.post(user, PATH, body).await.json(StatusCode::CREATED);
    let text = |name: &str| key[name].as_str().expect("a text").to_owned();
    (format!("{PATH}{}/", text("uid")), As::Key(text("key")))
}

#[actix_web::test]
async fn a_key_is_shown_once_and_acts_for_its_owner() {
    let (site, _, user, me) = with_manager().await;
    let body = json!({"name": " nightly ", "expires_at": "2099-01-31T01:00:00+01:00"});
    let answer = site.post(&user, PATH, body).await;
    let object = [
        "uid",
        "name",
        "prefix",
        "scopes",
        "created_at",
        "last_used_at",
        "expires_at",
    ];
    assert_eq!(answer.keys(), [&object[..], &["key"]].concat());
    assert_eq!(answer.header("cache-control"), "no-store");
    let created = answer.json(StatusCode::CREATED);
    let (uid, key) = (&created["uid"], created["key"].as_str().expect("a key"));
    let uid = uid.as_str().expect("a uid");
    assert!(uid.starts_with("key_"));
    assert_eq!(
        answer.header("location"),
        format!("{PUBLIC_URL}{PATH}{uid}/")
    );
    assert_eq!(created["name"], "nightly");
    assert_eq!(created["scopes"], json!([]));
    assert_eq!(created["expires_at"], "2099-01-31T00:00:00.000Z");
    assert_eq!(created["last_used_at"], Value::Null);
    assert!(key.starts_with(created["prefix"].as_str().expect("a text")));
    assert!(key.len() > created["prefix"].as_str().expect("a text").len() + 20);

    let shown = site.get(&user, &format!("{PATH}{uid}/")).await;
    assert_eq!(shown.keys(), object);
    assert!(!String::from_utf8_lossy(&shown.body).contains(key));
    let listed = site.get(&user, PATH).await.json(StatusCode::OK);
    assert_eq!(listed["results"], json!([shown.json(StatusCode::OK)]));

    // As the header of its own and as a bearer credential.
    for caller in [As::Key(key.to_owned()), As::Token(key.to_owned())] {
        let answer = site.get(&caller, ME).await.json(StatusCode::OK);
        assert_eq!(answer["uid"], me["uid"]);
    }
    let change = json!({"first_name": "Ada"});
    let changed = site.patch(&As::Key(key.to_owned()), ME, change).await;
    assert_eq!(changed.json(StatusCode::OK)["first_name"], "Ada");
    assert_eq!(
        site.delete(&user, &format!("{PATH}{uid}/")).await.status,
        204
    );
    let answer = site.get(&As::Key(key.to_owned()), ME).await;
    assert_eq!(answer.problem(), refused(401, "invalid_token"));
    let answer = site.get(&user, &format!("{PATH}{uid}/")).await;
    assert_eq!(answer.problem(), refused(404, "not_found"));
}

#[actix_web::test]
async fn making_a_key_is_mailed_and_logged() {
    let (site, _, user, _) = with_manager().await;
    site.test.mailbox.take();
    made(&site, &user, json!({"name": "billing"})).await;
    site.test.app.outbox.deliver_due().await.expect("delivered");
    let letters = site.test.mailbox.take();
    let told = letters.iter().any(|(_, mail)| {
        matches!(mail, Mail::KeyCreated { to, key_name, .. }
            if to == "ada@example.com" && key_name == "billing")
    });
    assert!(told, "{letters:?}");
}

#[actix_web::test]
async fn all_bad_fields_are_named() {
    let (site, _, user, _) = with_manager().await;
    let body = json!({
        "name": "", "scopes": ["root"], "expires_at": "tomorrow", "current_password": 7, "uid": 1,
    });
    let fields = [
        ("name", "required"),
        ("scopes", "invalid_choice"),
        ("expires_at", "invalid_time"),
        ("current_password", "invalid_type"),
        ("uid", "unknown_field"),
    ];
    assert_eq!(
        site.post(&user, PATH, body).await.problem(),
        invalid(&fields)
    );
    let past = json!({"name": "x", "expires_at": "2001-01-01T00:00:00Z"});
    let fields = [("expires_at", "in_the_past")];
    assert_eq!(
        site.post(&user, PATH, past).await.problem(),
        invalid(&fields)
    );
}

#[actix_web::test]
async fn a_key_ends_at_its_time() {
    let (site, _, user, _) = with_manager().await;
    let now = vestibule_domain::kernel::Clock::now(&*site.test.clock);
    let end = now.after(Duration::from_mins(1)).to_string();
    let (_, key) = made(&site, &user, json!({"name": "short", "expires_at": end})).await;
    assert_eq!(site.get(&key, ME).await.status, 200);
    site.test.clock.advance(Duration::from_mins(1));
    assert_eq!(site.get(&key, ME).await.status, 401);
}

#[actix_web::test]
async fn a_later_creation_or_rotation_needs_the_password() {
    let (site, _, user, _) = with_manager().await;
    let (path, old) = made(&site, &user, json!({"name": "first"})).await;
    site.test.clock.advance(Duration::from_mins(6));
    let rotate = format!("{path}rotate/");
    for path in [PATH, &rotate] {
        let body = |password: Option<&str>| {
            let mut body = json!({});
            if path == PATH {
                body["name"] = json!("second");
            }
            if let Some(password) = password {
                body["current_password"] = json!(password);
            }
            body
        };
        let answer = site.post(&user, path, body(None)).await;
        assert_eq!(answer.problem(), refused(403, "reauthentication_required"));
        let answer = site.post(&user, path, body(Some("wrong"))).await;
        assert_eq!(
            answer.problem(),
            invalid(&[("current_password", "incorrect")])
        );
        assert_eq!(site.get(&old, ME).await.status, 200);
        let answer = site.post(&user, path, body(Some(PASSWORD))).await;
        assert!(answer.status.is_success(), "{path}");
    }
    // The last one was the rotation of the first key.
    assert_eq!(site.get(&old, ME).await.status, 401);
}

#[actix_web::test]
async fn a_rotation_keeps_the_key_and_kills_its_secret() {
    let (site, _, user, _) = with_manager().await;
    let (path, old) = made(&site, &user, json!({"name": "first", "scopes": ["app"]})).await;
    let before = site.get(&user, &path).await.json(StatusCode::OK);
    let answer = site.post(&user, &format!("{path}rotate/"), json!({})).await;
    let rotated = answer.json(StatusCode::OK);
    for field in ["uid", "name", "scopes", "created_at", "expires_at"] {
        assert_eq!(rotated[field], before[field], "{field}");
    }
    assert_ne!(rotated["prefix"], before["prefix"]);
    let new = As::Key(rotated["key"].as_str().expect("a key").to_owned());
    assert_eq!(site.get(&old, ME).await.status, 401);
    assert_eq!(site.get(&new, ME).await.status, 403, "it acts for no user");
}

#[actix_web::test]
async fn only_administrators_grant_staff_scopes_and_only_while_they_are() {
    let (site, admin, user, me) = with_manager().await;
    for scope in ["admin", "users:read", "users:write", "introspect"] {
        let body = json!({"name": "x", "scopes": ["app", scope]});
        let answer = site.post(&user, PATH, body).await;
        assert_eq!(answer.problem(), refused(403, "forbidden"), "{scope}");
    }
    let uid = me["uid"].as_str().expect("a uid");
    let of_user = format!("/api/v1/admin/users/{uid}/");
    let promoted = site
        .patch(&admin, &of_user, json!({"is_admin": true}))
        .await;
    promoted.json(StatusCode::OK);
    let body = json!({"name": "x", "scopes": ["admin", "admin"]});
    let (_, key) = made(&site, &user, body).await;
    assert_eq!(site.get(&key, &of_user).await.status, 200);
    assert_eq!(site.get(&key, ME).await.status, 403, "it acts for no user");
    let demoted = site
        .patch(&admin, &of_user, json!({"is_admin": false}))
        .await;
    demoted.json(StatusCode::OK);
    assert_eq!(site.get(&key, &of_user).await.status, 403);
}

#[actix_web::test]
async fn without_the_right_or_suspended_keys_are_dead() {
    let (site, admin, user, me) = with_manager().await;
    let (path, key) = made(&site, &user, json!({"name": "x"})).await;
    let uid = me["uid"].as_str().expect("a uid");
    let of_user = format!("/api/v1/admin/users/{uid}/");
    for right in [false, true] {
        let change = json!({"can_manage_api_environment": right});
        site.patch(&admin, &of_user, change)
            .await
            .json(StatusCode::OK);
        assert_eq!(site.get(&key, ME).await.status == 200, right);
        assert_eq!(site.get(&user, &path).await.status == 200, right);
        assert_eq!(site.get(&user, USAGE).await.status == 200, right);
    }
    for (verb, status) in [("suspend", 401), ("unsuspend", 200)] {
        let answer = site
            .post(&admin, &format!("{of_user}{verb}/"), json!({}))
            .await;
        answer.json(StatusCode::OK);
        assert_eq!(site.get(&key, ME).await.status, status, "{verb}");
    }
}

#[actix_web::test]
async fn the_quota_is_25_and_a_deletion_makes_room() {
    let (site, _, user, _) = with_manager().await;
    let mut paths = Vec::new();
    for number in 0..25 {
        paths.push(
            made(&site, &user, json!({"name": number.to_string()}))
                .await
                .0,
        );
    }
    let answer = site.post(&user, PATH, json!({"name": "one more"})).await;
    assert_eq!(answer.problem(), refused(409, "quota_exceeded"));
    let stale = [("If-Match", "\"00\"")];
    let answer = site.send(&user, "DELETE", &paths[0], None, &stale).await;
    assert_eq!(answer.problem(), refused(412, "stale"));
    let seen = site.get(&user, &paths[0]).await;
    let current = [("If-Match", seen.header("etag"))];
    let answer = site.send(&user, "DELETE", &paths[0], None, &current).await;
    assert_eq!(answer.status, 204);
    made(&site, &user, json!({"name": "one more"})).await;
}

#[actix_web::test]
async fn a_replay_shows_the_same_key_again() {
    let (site, _, user, _) = with_manager().await;
    let body = json!({"name": "x"});
    let key = [("Idempotency-Key", "abc")];
    let first = site.send(&user, "POST", PATH, Some(&body), &key).await;
    first.json(StatusCode::CREATED);
    // Long after the login, too: it makes no new key.
    site.test.clock.advance(Duration::from_mins(6));
    let again = site.send(&user, "POST", PATH, Some(&body), &key).await;
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!((again.status, &again.body), (first.status, &first.body));
    assert_eq!(again.header("location"), first.header("location"));
    assert_eq!(site.get(&user, PATH).await.json(StatusCode::OK)["count"], 1);
}

#[actix_web::test]
async fn requests_and_errors_are_counted_by_day() {
    let (site, _, user, _) = with_manager().await;
    let (path, key) = made(&site, &user, json!({"name": "x"})).await;
    let flush = async || {
        let keys = &site.test.app.api_keys;
        site.test
            .key_usage
            .flush(&*keys.store)
            .await
            .expect("written");
    };
    let today = site.test.app.api_keys.today();
    site.get(&key, ME).await;
    site.get(&key, "/api/v1/admin/users/").await;
    site.get(&As::Key("vst_guessed".to_owned()), ME).await;
    flush().await;
    let used = site.get(&user, &path).await.json(StatusCode::OK);
    assert_ne!(used["last_used_at"], Value::Null);
    site.test.clock.advance(Duration::from_hours(24));
    // The access token has ended by then.
    let login = json!({"username": "ada", "password": PASSWORD});
    let login = site.post(&As::Nobody, "/api/auth/login/", login).await;
    let user = As::Token(
        login.json(StatusCode::OK)["access"]
            .as_str()
            .expect("a token")
            .into(),
    );
    site.get(&key, ME).await;
    flush().await;

    let usage = site.get(&user, USAGE).await;
    assert_eq!(usage.keys(), ["from", "to", "results"]);
    let usage = usage.json(StatusCode::OK);
    let tomorrow = site.test.app.api_keys.today();
    assert_eq!(usage["from"], tomorrow.before(29).to_string());
    assert_eq!(usage["to"], tomorrow.to_string());
    let row = |day: &dyn ToString, requests: u64, errors: u64| {
        json!({
            "date": day.to_string(), "api_key": used["uid"],
            "requests": requests, "errors": errors,
        })
    };
    let rows = [row(&tomorrow, 1, 0), row(&today, 2, 1)];
    assert_eq!(usage["results"], json!(rows));
    let first = site
        .get(&user, &format!("{USAGE}?from={today}&to={today}"))
        .await;
    assert_eq!(first.json(StatusCode::OK)["results"], json!([rows[1]]));
    // What was counted outlives the key.
    site.delete(&user, &path).await;
    let usage = site.get(&user, USAGE).await.json(StatusCode::OK);
    assert_eq!(usage["results"], json!(rows));
}

#[actix_web::test]
async fn bad_days_are_named() {
    let (site, _, user, _) = with_manager().await;
    let fields = async |query: &str| site.get(&user, &format!("{USAGE}?{query}")).await.problem();
    let both = [("from", "invalid_date"), ("to", "invalid_date")];
    assert_eq!(fields("from=2026-1-1&to=x").await, invalid(&both));
    for query in [
        "from=2026-02-01&to=2026-01-31",
        "from=2025-01-01&to=2026-01-02",
    ] {
        assert_eq!(fields(query).await, invalid(&[("from", "out_of_range")]));
    }
    let year = format!("{USAGE}?from=2025-01-01&to=2026-01-01");
    site.get(&user, &year).await.json(StatusCode::OK);
}
