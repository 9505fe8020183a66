use actix_web::http::StatusCode;
use serde_json::{Value, json};

use crate::site::{As, PUBLIC_URL, TestSite, invalid, refused};

const PATH: &str = "/api/v1/user/me/addresses/";

fn address(name: &str) -> Value {
    json!({"name": name, "line1": "1 Main Street", "city": "Oslo", "country": "NO"})
}

async fn add(site: &TestSite, caller: &As, body: Value) -> Value {
    let answer = site.post(caller, PATH, body).await;
    answer.json(StatusCode::CREATED)
}

fn path(address: &Value) -> String {
    format!("{PATH}{}/", address["uid"].as_str().expect("a uid"))
}

#[actix_web::test]
async fn the_first_address_is_primary_and_lifts_the_block() {
    let site = TestSite::open().await;
    let (user, _) = site.user("ada").await;
    let mut body = address("Home");
    body["is_primary"] = json!(false);
    let answer = site.post(&user, PATH, body).await;
    assert_eq!(
        answer.keys(),
        [
            "uid",
            "name",
            "line1",
            "line2",
            "city",
            "region",
            "postal_code",
            "country",
            "is_primary",
            "created_at",
            "updated_at"
        ]
    );
    let home = answer.json(StatusCode::CREATED);
    assert_eq!(home["is_primary"], true);
    assert_eq!(
        answer.header("location"),
        format!("{PUBLIC_URL}{}", path(&home))
    );
    let found = site.get(&user, &path(&home)).await;
    assert_eq!(found.body, answer.body);
    assert_eq!(found.header("etag"), answer.header("etag"));
    let report = site
        .get(&user, "/api/v1/user/me/listing-eligibility/")
        .await;
    let blocks = report.json(StatusCode::OK)["blocks"].clone();
    let slugs: Vec<_> = blocks
        .as_array()
        .expect("blocks")
        .iter()
        .map(|b| &b["slug"])
        .collect();
    assert_eq!(slugs, ["email_not_verified", "no_subscription"]);
}

#[actix_web::test]
async fn one_address_is_always_primary() {
    let site = TestSite::open().await;
    let (user, _) = site.user("ada").await;
    let home = add(&site, &user, address("Home")).await;
    let work = add(&site, &user, address("Work")).await;
    assert_eq!(work["is_primary"], false);
    let answer = site
        .patch(&user, &path(&work), json!({"is_primary": true}))
        .await;
    assert_eq!(answer.json(StatusCode::OK)["is_primary"], true);
    let home_now = site.get(&user, &path(&home)).await.json(StatusCode::OK);
    assert_eq!(home_now["is_primary"], false);
    let answer = site
        .patch(&user, &path(&work), json!({"is_primary": false}))
        .await;
    assert_eq!(
        answer.problem(),
        invalid(&[("is_primary", "primary_required")])
    );
    assert_eq!(
        site.delete(&user, &path(&work)).await.status,
        StatusCode::NO_CONTENT
    );
    let home_now = site.get(&user, &path(&home)).await.json(StatusCode::OK);
    assert_eq!(home_now["is_primary"], true);
}

#[actix_web::test]
async fn what_was_got_may_be_sent_back_and_null_clears_the_nullable() {
    let site = TestSite::open().await;
    let (user, _) = site.user("ada").await;
    let mut body = address("Home");
    body["line2"] = json!("Flat 3");
    let home = add(&site, &user, body).await;
    let mut same = site
        .patch(&user, &path(&home), home.clone())
        .await
        .json(StatusCode::OK);
    same["updated_at"] = home["updated_at"].clone();
    assert_eq!(same, home);
    let answer = site
        .patch(&user, &path(&home), json!({"line2": null}))
        .await;
    assert_eq!(answer.json(StatusCode::OK)["line2"], Value::Null);
    let bad = json!({"city": null, "country": "XX", "postal_code": 1, "planet": "Mars"});
    let answer = site.patch(&user, &path(&home), bad).await;
    let fields = [
        ("city", "not_nullable"),
        ("postal_code", "invalid_type"),
        ("country", "invalid_choice"),
        ("planet", "unknown_field"),
    ];
    assert_eq!(answer.problem(), invalid(&fields));
    for empty in [Some(json!({})), None] {
        let headers = [("Content-Type", "application/json")];
        let answer = site
            .send(&user, "PATCH", &path(&home), empty.as_ref(), &headers)
            .await;
        assert_eq!(answer.problem(), refused(400, "malformed"));
    }
}

#[actix_web::test]
async fn if_match_insists_on_the_state_that_was_seen() {
    let site = TestSite::open().await;
    let (user, _) = site.user("ada").await;
    let home = add(&site, &user, address("Home")).await;
    let seen = site.get(&user, &path(&home)).await;
    let insist = [("If-Match", seen.header("etag"))];
    let known = [("If-None-Match", seen.header("etag"))];
    let answer = site.send(&user, "GET", &path(&home), None, &known).await;
    assert_eq!(answer.status, StatusCode::NOT_MODIFIED);
    let change = json!({"city": "Bergen"});
    let answer = site
        .send(&user, "PATCH", &path(&home), Some(&change), &insist)
        .await;
    assert_eq!(answer.json(StatusCode::OK)["city"], "Bergen");
    let again = json!({"city": "Tromsø"});
    let answer = site
        .send(&user, "PATCH", &path(&home), Some(&again), &insist)
        .await;
    assert_eq!(answer.problem(), refused(412, "stale"));
    let answer = site
        .send(&user, "DELETE", &path(&home), None, &insist)
        .await;
    assert_eq!(answer.problem(), refused(412, "stale"));
    let kept = site.get(&user, &path(&home)).await.json(StatusCode::OK);
    assert_eq!(kept["city"], "Bergen");
}

#[actix_web::test]
async fn another_users_address_is_not_found() {
    let site = TestSite::open().await;
    let ((ada, _), (bob, _)) = (site.user("ada").await, site.user("bob").await);
    let home = add(&site, &ada, address("Home")).await;
    for method in ["GET", "PATCH", "DELETE"] {
        let body = json!({"city": "Bergen"});
        let answer = site
            .send(&bob, method, &path(&home), Some(&body), &[])
            .await;
        assert_eq!(answer.problem(), refused(404, "not_found"), "{method}");
    }
    let kept = site.get(&ada, &path(&home)).await.json(StatusCode::OK);
    assert_eq!(kept, home);
}

#[actix_web::test]
async fn the_quota_is_kept_and_a_replay_does_not_count() {
    let site = TestSite::open().await;
    let (user, _) = site.user("ada").await;
    let key = [("Idempotency-Key", "once")];
    let body = address("Home");
    let first = site.send(&user, "POST", PATH, Some(&body), &key).await;
    let again = site.send(&user, "POST", PATH, Some(&body), &key).await;
    assert_eq!(first.body, again.body);
    for index in 1..50 {
        add(&site, &user, address(&format!("Address {index}"))).await;
    }
    let answer = site.post(&user, PATH, address("One more")).await;
    assert_eq!(answer.problem(), refused(409, "quota_exceeded"));
}
