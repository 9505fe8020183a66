//! The user, in short: `/api/auth/user/`.

use actix_web::http::StatusCode;
use serde_json::json;

use crate::site::{TestSite, invalid, refused};

const PATH: &str = "/api/auth/user/";

#[actix_web::test]
async fn names_are_replaced_and_changed_and_nothing_else() {
    let site = TestSite::open().await;
    let (user, me) = site.user("ada").await;
    let answer = site.get(&user, PATH).await;
    let fields = ["pk", "username", "email", "first_name", "last_name"];
    assert_eq!(answer.keys(), fields);
    let mut details = answer.json(StatusCode::OK);
    assert_eq!(details["pk"], me["uid"]);

    details["first_name"] = json!("Ada");
    details["last_name"] = json!("Lovelace");
    let mut sent = details.clone();
    sent["username"] = json!("root");
    sent["email"] = json!("root@example.com");
    let answer = site.put(&user, PATH, sent).await;
    assert_eq!(answer.json(StatusCode::OK), details);
    let stale = [("If-Match", "\"0\"")];
    let change = json!({"last_name": "King"});
    let refusal = site.send(&user, "PATCH", PATH, Some(&change), &stale).await;
    assert_eq!(refusal.problem(), refused(412, "stale"));
    let fresh = [("If-Match", answer.header("etag"))];
    let answer = site.send(&user, "PATCH", PATH, Some(&change), &fresh).await;
    details["last_name"] = json!("King");
    assert_eq!(answer.json(StatusCode::OK), details);
    let me = site
        .get(&user, "/api/v1/user/me/")
        .await
        .json(StatusCode::OK);
    assert_eq!(
        (&me["first_name"], &me["last_name"]),
        (&json!("Ada"), &json!("King"))
    );
}

#[actix_web::test]
async fn put_wants_both_names() {
    let site = TestSite::open().await;
    let (user, _) = site.user("ada").await;
    let answer = site
        .put(&user, PATH, json!({"first_name": null, "is_admin": true}))
        .await;
    let fields = [
        ("first_name", "not_nullable"),
        ("last_name", "required"),
        ("is_admin", "unknown_field"),
    ];
    assert_eq!(answer.problem(), invalid(&fields));
    let answer = site.send(&user, "PUT", PATH, None, &[]).await;
    assert_eq!(answer.problem(), refused(400, "malformed"));
}
