use actix_web::http::StatusCode;
use serde_json::json;
use vestibule_domain::api_keys::Scope;

use crate::site::{As, PUBLIC_URL, TestSite, invalid};

const PATH: &str = "/api/v1/admin/inquiries/";

async fn submit(site: &TestSite, caller: &As, subject: &str) -> String {
    let body = json!({"subject": subject, "message": "Help"});
    let answer = site.post(caller, "/api/v1/support/", body).await;
    let inquiry = answer.json(StatusCode::CREATED);
    inquiry["uid"].as_str().expect("a uid").to_owned()
}

#[actix_web::test]
async fn a_reply_answers_the_inquiry_and_shows_to_who_asked() {
    let site = TestSite::open().await;
    let (user, me) = site.user("ada").await;
    let key = site.key(Scope::Admin).await;
    let uid = submit(&site, &user, "One").await;
    let path = format!("{PATH}{uid}/");
    let answer = site
        .post(&key, &format!("{path}replies/"), json!({"message": "Done"}))
        .await;
    assert_eq!(
        answer.keys(),
        [
            "uid",
            "subject",
            "message",
            "status",
            "created_at",
            "updated_at",
            "user",
            "replies"
        ]
    );
    let thread = answer.json(StatusCode::CREATED);
    assert_eq!(answer.header("location"), format!("{PUBLIC_URL}{path}"));
    assert_eq!(thread["status"], "answered");
    let asker = json!({"uid": me["uid"], "username": "ada", "email": "ada@example.com"});
    assert_eq!(thread["user"], asker);
    assert_eq!(thread["replies"][0]["author"], "staff");
    assert_eq!(thread["replies"][0]["message"], "Done");
    let own = site
        .get(&user, &format!("/api/v1/support/inquiries/{uid}/"))
        .await;
    assert_eq!(own.json(StatusCode::OK)["replies"], thread["replies"]);
    let found = site.get(&key, &path).await;
    assert_eq!(found.body, answer.body);
    assert_eq!(found.header("etag"), answer.header("etag"));
}

#[actix_web::test]
async fn inquiries_are_listed_by_status_without_replies() {
    let site = TestSite::open().await;
    let (user, _) = site.user("ada").await;
    let (admin, _) = site.admin("grace").await;
    let (one, two) = (
        submit(&site, &user, "One").await,
        submit(&site, &user, "Two").await,
    );
    let closed = json!({"status": "closed"});
    let answer = site.patch(&admin, &format!("{PATH}{one}/"), closed).await;
    assert_eq!(answer.json(StatusCode::OK)["status"], "closed");
    for (query, expected) in [
        ("", vec![&two, &one]),
        ("?status=closed", vec![&one]),
        ("?status=open", vec![&two]),
        ("?status=answered", vec![]),
    ] {
        let list = site
            .get(&admin, &format!("{PATH}{query}"))
            .await
            .json(StatusCode::OK);
        let rows = list["results"].as_array().expect("rows");
        let uids: Vec<_> = rows
            .iter()
            .map(|row| row["uid"].as_str().expect("a uid"))
            .collect();
        assert_eq!(uids, expected, "{query}");
        assert!(
            rows.iter()
                .all(|row| row.get("replies").is_none() && row["user"].is_object())
        );
    }
    let answer = site
        .get(&admin, &format!("{PATH}?status=lost&page_size=0"))
        .await;
    let fields = [("status", "invalid_choice"), ("page_size", "out_of_range")];
    assert_eq!(answer.problem(), invalid(&fields));
}

#[actix_web::test]
async fn what_was_got_may_be_sent_back() {
    let site = TestSite::open().await;
    let (user, _) = site.user("ada").await;
    let (admin, _) = site.admin("grace").await;
    let path = format!("{PATH}{}/", submit(&site, &user, "One").await);
    let mut got = site.get(&admin, &path).await.json(StatusCode::OK);
    got["status"] = json!("answered");
    let answer = site.patch(&admin, &path, got.clone()).await;
    assert_eq!(answer.json(StatusCode::OK)["status"], "answered");
    let readonly = json!({"subject": "Other"});
    let kept = site
        .patch(&admin, &path, readonly)
        .await
        .json(StatusCode::OK);
    assert_eq!(kept["subject"], "One");
    let answer = site
        .patch(&admin, &path, json!({"status": null, "note": 1}))
        .await;
    let fields = [("status", "not_nullable"), ("note", "unknown_field")];
    assert_eq!(answer.problem(), invalid(&fields));
}

#[actix_web::test]
async fn each_service_key_has_idempotency_keys_of_its_own() {
    let site = TestSite::open().await;
    let (user, _) = site.user("ada").await;
    let (one, two) = (site.key(Scope::Admin).await, site.key(Scope::Admin).await);
    let path = format!("{PATH}{}/replies/", submit(&site, &user, "One").await);
    let (body, key) = (json!({"message": "Done"}), [("Idempotency-Key", "same")]);
    let mut replies = Vec::new();
    for caller in [&one, &one, &two] {
        let answer = site.send(caller, "POST", &path, Some(&body), &key).await;
        let thread = answer.json(StatusCode::CREATED);
        let count = thread["replies"].as_array().expect("replies").len();
        replies.push((count, answer.header("idempotency-replayed").to_owned()));
    }
    let replayed = |text: &str| text.to_owned();
    assert_eq!(
        replies,
        [(1, replayed("")), (1, replayed("true")), (2, replayed(""))]
    );
}
