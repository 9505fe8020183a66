use actix_web::http::StatusCode;
use serde_json::{Value, json};

use crate::site::{Answer, As, PUBLIC_URL, TestSite, invalid, refused};

const PATH: &str = "/api/v1/messages/";

async fn post(site: &TestSite, caller: &As, body: &str, visibility: &str) -> Value {
    let body = json!({"body": body, "visibility": visibility});
    let posted = site.post(caller, PATH, body).await;
    posted.json(StatusCode::CREATED)
}

fn bodies(answer: &Answer) -> Vec<String> {
    let list = answer.json(StatusCode::OK);
    let rows = list["results"].as_array().expect("rows").iter();
    rows.map(|row| row["body"].as_str().expect("a body").to_owned())
        .collect()
}

#[actix_web::test]
async fn a_message_is_shown_with_its_author() {
    let site = TestSite::open().await;
    let (ada, me) = site.user("ada").await;
    let answer = site
        .post(&ada, PATH, json!({"body": " Two\r\nlines "}))
        .await;
    assert_eq!(
        answer.keys(),
        ["uid", "author", "body", "visibility", "created_at"]
    );
    let message = answer.json(StatusCode::CREATED);
    let uid = message["uid"].as_str().expect("a uid");
    assert!(uid.starts_with("msg_"));
    let location = format!("{PUBLIC_URL}{PATH}{uid}/");
    assert_eq!(answer.header("location"), location);
    assert_eq!(message["body"], "Two\nlines");
    assert_eq!(
        message["author"],
        json!({"uid": me["uid"], "username": "ada"})
    );
    assert_eq!(message["visibility"], "public");
}

#[actix_web::test]
async fn the_authors_preferences_count() {
    let site = TestSite::open().await;
    let (ada, _) = site.user("ada").await;
    let changes = json!({
        "default_visibility": "private",
        "preferences": {"max_message_length": 5},
    });
    site.patch(&ada, "/api/v1/user/me/", changes)
        .await
        .json(StatusCode::OK);
    let message = site.post(&ada, PATH, json!({"body": "ééééé"})).await;
    assert_eq!(message.json(StatusCode::CREATED)["visibility"], "private");
    let long = site
        .post(&ada, PATH, json!({"body": "123456", "visibility": "none"}))
        .await;
    assert_eq!(
        long.problem(),
        invalid(&[("body", "too_long"), ("visibility", "invalid_choice")])
    );
    let longest = site
        .post(&ada, PATH, json!({"body": "x".repeat(200_000)}))
        .await;
    assert_eq!(longest.problem(), invalid(&[("body", "too_long")]));
    let blank = site.post(&ada, PATH, json!({"body": " \n "})).await;
    assert_eq!(blank.problem(), invalid(&[("body", "required")]));
}

#[actix_web::test]
async fn others_see_public_messages_only() {
    let site = TestSite::open().await;
    let ((ada, _), (bob, _)) = (site.user("ada").await, site.user("bob").await);
    post(&site, &ada, "open", "public").await;
    post(&site, &ada, "secret", "private").await;
    let of_ada = "/api/v1/users/ADA/messages/";
    assert_eq!(bodies(&site.get(&ada, PATH).await), ["secret", "open"]);
    assert_eq!(bodies(&site.get(&ada, of_ada).await), ["secret", "open"]);
    assert_eq!(bodies(&site.get(&bob, of_ada).await), ["open"]);
    assert_eq!(bodies(&site.get(&bob, PATH).await), [""; 0]);
    for nobody in ["nobody-here", "x", "%00", "a%20b"] {
        let path = format!("/api/v1/users/{nobody}/messages/");
        let answer = site.get(&bob, &path).await;
        assert_eq!(answer.problem(), refused(404, "not_found"), "{nobody}");
    }
}

#[actix_web::test]
async fn lists_are_paged_by_their_links() {
    let site = TestSite::open().await;
    let ((ada, _), (bob, _)) = (site.user("ada").await, site.user("bob").await);
    for number in 0..7 {
        post(&site, &ada, &format!("{number}"), "public").await;
    }
    for (caller, start) in [(&ada, PATH), (&bob, "/api/v1/users/ada/messages/")] {
        let (mut seen, mut next) = (Vec::new(), format!("{start}?page_size=3"));
        loop {
            let answer = site.get(caller, &next).await;
            seen.extend(bodies(&answer));
            match answer.json(StatusCode::OK)["next"].as_str() {
                Some(url) => next = url.strip_prefix(PUBLIC_URL).expect("ours").to_owned(),
                None => break,
            }
        }
        assert_eq!(seen, ["6", "5", "4", "3", "2", "1", "0"]);
    }
}

#[actix_web::test]
async fn a_message_is_deleted_by_its_author_alone() {
    let site = TestSite::open().await;
    let ((ada, _), (bob, _)) = (site.user("ada").await, site.user("bob").await);
    let message = post(&site, &ada, "hi", "public").await;
    let path = format!("{PATH}{}/", message["uid"].as_str().expect("a uid"));
    let answer = site.delete(&bob, &path).await;
    assert_eq!(answer.problem(), refused(404, "not_found"));
    let stale = [("If-Match", "\"0123\"")];
    let answer = site.send(&ada, "DELETE", &path, None, &stale).await;
    assert_eq!(answer.status, 412);
    assert_eq!(bodies(&site.get(&ada, PATH).await), ["hi"]);
    assert_eq!(site.delete(&ada, &path).await.status, 204);
    assert_eq!(site.delete(&ada, &path).await.status, 404);
    assert_eq!(bodies(&site.get(&ada, PATH).await), [""; 0]);
}

#[actix_web::test]
async fn a_retry_posts_once() {
    let site = TestSite::open().await;
    let (ada, _) = site.user("ada").await;
    let body = json!({"body": "once"});
    let key = [("Idempotency-Key", "k1")];
    let first = site.send(&ada, "POST", PATH, Some(&body), &key).await;
    let again = site.send(&ada, "POST", PATH, Some(&body), &key).await;
    assert_eq!(
        first.json(StatusCode::CREATED),
        again.json(StatusCode::CREATED)
    );
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(bodies(&site.get(&ada, PATH).await), ["once"]);
}
