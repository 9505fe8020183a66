use actix_web::http::StatusCode;
use serde_json::{Value, json};

use crate::site::{Answer, As, PUBLIC_URL, TestSite, invalid, refused};

const PATH: &str = "/api/v1/device-tokens/";

async fn register(site: &TestSite, caller: &As, token: &str) -> Answer {
    let body = json!({"token": token, "platform": "ios"});
    site.post(caller, &format!("{PATH}register/"), body).await
}

fn uid(device: &Value) -> &str {
    device["uid"].as_str().expect("a uid")
}

#[actix_web::test]
async fn a_token_registered_twice_keeps_its_uid() {
    let site = TestSite::open().await;
    let (user, _) = site.user("ada").await;
    let first = register(&site, &user, "token").await;
    assert_eq!(
        first.keys(),
        [
            "uid",
            "token",
            "platform",
            "name",
            "is_active",
            "created_at",
            "last_refreshed_at"
        ]
    );
    let device = first.json(StatusCode::CREATED);
    let location = format!("{PUBLIC_URL}{PATH}{}/", uid(&device));
    assert_eq!(first.header("location"), location);
    let again = register(&site, &user, "token").await;
    assert_eq!(uid(&again.json(StatusCode::OK)), uid(&device));
    assert_eq!(again.header("location"), "");
}

#[actix_web::test]
async fn a_token_that_another_user_registers_moves() {
    let site = TestSite::open().await;
    let ((ada, _), (bob, _)) = (site.user("ada").await, site.user("bob").await);
    let first = register(&site, &ada, "token")
        .await
        .json(StatusCode::CREATED);
    let moved = register(&site, &bob, "token")
        .await
        .json(StatusCode::CREATED);
    assert_ne!(uid(&first), uid(&moved));
    let left = site.get(&ada, PATH).await.json(StatusCode::OK);
    assert_eq!(left["count"], 0);
}

#[actix_web::test]
async fn a_device_is_deactivated_refreshed_and_deleted_by_its_owner_alone() {
    let site = TestSite::open().await;
    let ((ada, _), (bob, _)) = (site.user("ada").await, site.user("bob").await);
    let device = register(&site, &ada, "token")
        .await
        .json(StatusCode::CREATED);
    let path = format!("{PATH}{}/", uid(&device));
    let (deactivate, refresh) = (format!("{path}deactivate/"), format!("{path}refresh/"));
    for (method, path) in [("POST", &deactivate), ("POST", &refresh), ("DELETE", &path)] {
        let answer = site.send(&bob, method, path, None, &[]).await;
        assert_eq!(answer.problem(), refused(404, "not_found"), "{path}");
    }
    let answer = site.send(&ada, "POST", &deactivate, None, &[]).await;
    assert_eq!(answer.json(StatusCode::OK)["is_active"], false);
    // Without a body the token stays.
    let answer = site.send(&ada, "POST", &refresh, None, &[]).await;
    let refreshed = answer.json(StatusCode::OK);
    assert_eq!(refreshed["is_active"], true);
    assert_eq!(refreshed["token"], "token");
    let answer = site.post(&ada, &refresh, json!({"token": "new"})).await;
    assert_eq!(answer.json(StatusCode::OK)["token"], "new");
    for bad in [
        json!({"token": null}),
        json!({"token": ""}),
        json!({"tokn": "x"}),
    ] {
        let answer = site.post(&ada, &refresh, bad).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    }

    let stale = [("If-Match", "\"00\"")];
    let answer = site.send(&ada, "DELETE", &path, None, &stale).await;
    assert_eq!(answer.problem(), refused(412, "stale"));
    let answer = site.delete(&ada, &path).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT);
    assert!(answer.body.is_empty());
    assert_eq!(site.delete(&ada, &path).await.status, StatusCode::NOT_FOUND);
}

#[actix_web::test]
async fn all_bad_fields_of_a_registration_are_named() {
    let site = TestSite::open().await;
    let (user, _) = site.user("ada").await;
    let body = json!({"token": "", "platform": "windows", "name": "x".repeat(101), "uid": "dev_1"});
    let answer = site.post(&user, &format!("{PATH}register/"), body).await;
    let fields = [
        ("token", "required"),
        ("platform", "invalid_choice"),
        ("name", "too_long"),
        ("uid", "unknown_field"),
    ];
    assert_eq!(answer.problem(), invalid(&fields));
}

#[actix_web::test]
async fn a_replay_is_the_first_answer_byte_for_byte() {
    let site = TestSite::open().await;
    let (user, _) = site.user("ada").await;
    let path = format!("{PATH}register/");
    let body = json!({"token": "token", "platform": "web", "name": "Ada's \u{1f4a1}"});
    let key = [("Idempotency-Key", "abc")];
    let first = site.send(&user, "POST", &path, Some(&body), &key).await;
    let again = site.send(&user, "POST", &path, Some(&body), &key).await;
    assert_eq!(first.status, StatusCode::CREATED);
    assert_eq!(again.status, StatusCode::CREATED);
    assert_eq!(first.body, again.body);
    for name in ["location", "etag", "content-type", "cache-control"] {
        assert_eq!(first.header(name), again.header(name), "{name}");
        assert_ne!(first.header(name), "", "{name}");
    }
    assert_eq!(first.header("idempotency-replayed"), "");
    assert_eq!(again.header("idempotency-replayed"), "true");
    let other = json!({"token": "other", "platform": "web"});
    let answer = site.send(&user, "POST", &path, Some(&other), &key).await;
    assert_eq!(answer.problem(), refused(422, "idempotency_key_reused"));
}

#[actix_web::test]
async fn pages_follow_each_other_by_their_links() {
    let site = TestSite::open().await;
    let (user, _) = site.user("ada").await;
    let preferences = json!({"preferences": {"items_per_page": 5}});
    site.patch(&user, "/api/v1/user/me/", preferences).await;
    for index in 0..7 {
        register(&site, &user, &format!("token {index}")).await;
    }
    let first = site.get(&user, PATH).await.json(StatusCode::OK);
    assert_eq!(first["count"], 7);
    assert_eq!(first["previous"], Value::Null);
    let tokens = |page: &Value| -> Vec<String> {
        let rows = page["results"].as_array().expect("rows").iter();
        rows.map(|row| row["token"].as_str().expect("a token").to_owned())
            .collect()
    };
    assert_eq!(tokens(&first).len(), 5);
    assert_eq!(tokens(&first)[0], "token 6");
    let next = first["next"].as_str().expect("a link");
    let next = next.strip_prefix(PUBLIC_URL).expect("on the public URL");
    let second = site.get(&user, next).await.json(StatusCode::OK);
    assert_eq!(tokens(&second), ["token 1", "token 0"]);
    assert_eq!(second["next"], Value::Null);
    let previous = second["previous"].as_str().expect("a link");
    let previous = previous
        .strip_prefix(PUBLIC_URL)
        .expect("on the public URL");
    let back = site.get(&user, previous).await.json(StatusCode::OK);
    assert_eq!(tokens(&back), tokens(&first));
}
