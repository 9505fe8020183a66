//! What clients offer to choose from.

use actix_web::http::StatusCode;
use serde_json::json;

use crate::site::{As, TestSite};

const PATH: &str = "/api/v1/local-info/";

#[actix_web::test]
async fn the_lists_are_for_everybody_and_the_preferences_accept_every_key() {
    let site = TestSite::open().await;
    let answer = site.get(&As::Nobody, PATH).await;
    let info = answer.json(StatusCode::OK);
    let lists = info.as_object().expect("an object");
    let names: Vec<&String> = lists.keys().collect();
    assert_eq!(names, ["currencies", "languages", "timezones"]);
    for list in lists.values() {
        for choice in list.as_array().expect("a list") {
            let fields: Vec<&String> = choice.as_object().expect("an object").keys().collect();
            assert_eq!(fields, ["key", "name"]);
        }
    }
    let (user, _) = site.user("ada").await;
    for (list, preference) in [
        ("languages", "language"),
        ("currencies", "currency_display"),
        ("timezones", "timezone"),
    ] {
        // The domain's tests try all of them.
        for choice in lists[list].as_array().expect("a list").iter().step_by(40) {
            let body = json!({"preferences": {preference: choice["key"]}});
            let me = site.patch(&user, "/api/v1/user/me/", body).await;
            let me = me.json(StatusCode::OK);
            assert_eq!(me["preferences"][preference], choice["key"]);
        }
    }
}

#[actix_web::test]
async fn the_lists_may_be_kept_and_asked_for_again_by_their_tag() {
    let site = TestSite::open().await;
    let answer = site.get(&As::Nobody, PATH).await;
    assert_eq!(answer.header("cache-control"), "public, max-age=3600");
    let tag = answer.header("etag").to_owned();
    for (sent, status) in [(tag.as_str(), 304), ("\"other\"", 200)] {
        let headers = [("If-None-Match", sent)];
        let again = site.send(&As::Nobody, "GET", PATH, None, &headers).await;
        assert_eq!(again.status, status);
        assert_eq!(again.header("etag"), tag);
        assert_eq!(again.header("cache-control"), "public, max-age=3600");
        assert_eq!(again.body.is_empty(), status == 304);
    }
}
