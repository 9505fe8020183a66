use actix_web::http::StatusCode;
use serde_json::json;

use crate::site::{PUBLIC_URL, TestSite, invalid, refused};

#[actix_web::test]
async fn an_inquiry_is_submitted_listed_and_read_by_who_asked() {
    let site = TestSite::open().await;
    let ((ada, _), (bob, _)) = (site.user("ada").await, site.user("bob").await);
    let body = json!({"subject": "Import issue", "message": "My eBay import is stuck...\nTwice."});
    let answer = site.post(&ada, "/api/v1/support/", body).await;
    let fields = [
        "uid",
        "subject",
        "message",
        "status",
        "created_at",
        "updated_at",
    ];
    assert_eq!(answer.keys(), fields);
    let mut inquiry = answer.json(StatusCode::CREATED);
    assert_eq!(inquiry["status"], "open");
    let uid = inquiry["uid"].as_str().expect("a uid");
    let path = format!("/api/v1/support/inquiries/{uid}/");
    assert_eq!(answer.header("location"), format!("{PUBLIC_URL}{path}"));

    let list = site.get(&ada, "/api/v1/support/inquiries/").await;
    assert_eq!(list.json(StatusCode::OK)["results"], json!([inquiry]));
    let list = site.get(&bob, "/api/v1/support/inquiries/").await;
    assert_eq!(list.json(StatusCode::OK)["count"], 0);
    assert_eq!(
        site.get(&bob, &path).await.problem(),
        refused(404, "not_found")
    );
    let detail = site.get(&ada, &path).await;
    assert_eq!(detail.keys(), [&fields[..], &["replies"]].concat());
    inquiry["replies"] = json!([]);
    assert_eq!(detail.json(StatusCode::OK), inquiry);
}

#[actix_web::test]
async fn a_bad_inquiry_names_its_fields() {
    let site = TestSite::open().await;
    let (user, _) = site.user("ada").await;
    let body = json!({"subject": "two\nlines", "message": "x".repeat(10_001)});
    let answer = site.post(&user, "/api/v1/support/", body).await;
    let fields = [("subject", "control_character"), ("message", "too_long")];
    assert_eq!(answer.problem(), invalid(&fields));
    let answer = site
        .send(&user, "POST", "/api/v1/support/", None, &[])
        .await;
    let fields = [("subject", "required"), ("message", "required")];
    assert_eq!(answer.problem(), invalid(&fields));
}
