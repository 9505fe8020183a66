use std::time::Duration;

use actix_web::http::StatusCode;
use serde_json::{Value, json};
use vestibule_domain::api_keys::Scope;

use crate::site::{PASSWORD, TestSite, invalid, refused};

const PATH: &str = "/api/v1/admin/users/";

fn path(me: &Value) -> String {
    format!("{PATH}{}/", me["uid"].as_str().expect("a uid"))
}

#[actix_web::test]
async fn staff_see_the_me_object_and_then_their_own_fields() {
    let site = TestSite::open().await;
    let (user, me) = site.user("ada").await;
    let key = site.key(Scope::Admin).await;
    let mut expected = site.get(&user, "/api/v1/user/me/").await.keys();
    expected.extend(
        [
            "is_admin",
            "is_suspended",
            "suspended_at",
            "last_seen_at",
            "other_id",
            "features",
        ]
        .map(str::to_owned),
    );
    let answer = site.get(&key, &path(&me)).await;
    assert_eq!(answer.keys(), expected);
    let seen = answer.json(StatusCode::OK);
    let common = me.as_object().expect("an object");
    assert!(common.iter().all(|(name, value)| seen[name] == *value));
}

#[actix_web::test]
async fn users_are_found_by_text_and_by_address() {
    let site = TestSite::open().await;
    let key = site.key(Scope::Admin).await;
    for index in 0..26 {
        site.user(&format!("user{index:02}")).await;
    }
    let names = async |query: &str| -> Vec<String> {
        let list = site.get(&key, &format!("{PATH}{query}")).await;
        let list = list.json(StatusCode::OK);
        let rows = list["results"].as_array().expect("rows").iter();
        rows.map(|row| row["username"].as_str().expect("a name").to_owned())
            .collect()
    };
    assert_eq!(names("").await.len(), 25);
    assert_eq!(names("?search=%20").await.len(), 25);
    assert_eq!(names("?search=USER07").await, ["user07"]);
    assert_eq!(names("?email=User11@Example.com").await, ["user11"]);
    assert_eq!(
        names("?search=user11&email=user12@example.com").await,
        [""; 0]
    );
    let answer = site.get(&key, &format!("{PATH}?email=nobody&page=x")).await;
    let fields = [("email", "invalid_email"), ("page", "out_of_range")];
    assert_eq!(answer.problem(), invalid(&fields));
}

#[actix_web::test]
async fn rights_and_subscription_are_set_and_what_was_got_may_be_sent_back() {
    let site = TestSite::open().await;
    let (_, me) = site.user("ada").await;
    let key = site.key(Scope::Admin).await;
    let change = json!({"can_manage_api_environment": true, "other_id": "crm:42"});
    let changed = site
        .patch(&key, &path(&me), change)
        .await
        .json(StatusCode::OK);
    assert_eq!(changed["can_manage_api_environment"], true);
    assert_eq!(changed["other_id"], "crm:42");
    let same = site.patch(&key, &path(&me), changed.clone()).await;
    assert_eq!(same.json(StatusCode::OK)["other_id"], "crm:42");
    let cleared = site
        .patch(&key, &path(&me), json!({"other_id": null}))
        .await;
    assert_eq!(cleared.json(StatusCode::OK)["other_id"], Value::Null);

    let subscription = format!("{}subscription/", path(&me));
    let paid = json!({"customer_status": "subscriber:annual"});
    let answer = site.put(&key, &subscription, paid).await;
    assert_eq!(
        answer.json(StatusCode::OK)["customer_status"],
        "subscriber:annual"
    );
    let answer = site
        .put(&key, &subscription, json!({"customer_status": "gold"}))
        .await;
    assert_eq!(
        answer.problem(),
        invalid(&[("customer_status", "invalid_choice")])
    );
    let stale = [("If-Match", same.header("etag"))];
    let free = json!({"customer_status": "free"});
    let answer = site
        .send(&key, "PUT", &subscription, Some(&free), &stale)
        .await;
    assert_eq!(answer.problem(), refused(412, "stale"));
}

#[actix_web::test]
async fn features_are_replaced_within_their_limits() {
    let site = TestSite::open().await;
    let (_, me) = site.user("ada").await;
    let key = site.key(Scope::Admin).await;
    let features = format!("{}features/", path(&me));
    for value in [
        json!({"beta": true, "gone": null}),
        json!({"limit": [1, {"x": 2}]}),
        json!({}),
    ] {
        let answer = site.put(&key, &features, value.clone()).await;
        assert_eq!(answer.json(StatusCode::OK)["features"], value);
    }
    let nested = |levels: usize| (1..levels).fold(json!({}), |inner, _| json!({"a": inner}));
    assert_eq!(
        site.put(&key, &features, nested(8)).await.status,
        StatusCode::OK
    );
    let answer = site.put(&key, &features, nested(9)).await;
    assert_eq!(answer.problem(), invalid(&[("a", "too_deep")]));
    let answer = site
        .put(&key, &features, json!({"a": "x".repeat(16 * 1024)}))
        .await;
    assert_eq!(answer.problem(), invalid(&[("", "too_large")]));
    // What a client forgot to send clears nothing.
    let answer = site.send(&key, "PUT", &features, None, &[]).await;
    assert_eq!(answer.problem(), refused(400, "malformed"));
    let kept = site.get(&key, &path(&me)).await.json(StatusCode::OK);
    assert_eq!(kept["features"], nested(8));
}

#[actix_web::test]
async fn who_is_staff_is_changed_by_an_administrator_in_person() {
    let site = TestSite::open().await;
    let (_, me) = site.user("ada").await;
    let (admin, _) = site.admin("grace").await;
    let key = site.key(Scope::Admin).await;
    let promote = json!({"is_admin": true});
    let answer = site.patch(&key, &path(&me), promote.clone()).await;
    assert_eq!(answer.problem(), refused(403, "forbidden"));
    // The login is younger than five minutes.
    let answer = site.patch(&admin, &path(&me), promote.clone()).await;
    assert_eq!(answer.json(StatusCode::OK)["is_admin"], true);

    site.test.clock.advance(Duration::from_mins(6));
    let demote = json!({"is_admin": false});
    let answer = site.patch(&admin, &path(&me), demote.clone()).await;
    assert_eq!(answer.problem(), refused(403, "reauthentication_required"));
    let mut wrong = demote.clone();
    wrong["current_password"] = json!("wrong password");
    let answer = site.patch(&admin, &path(&me), wrong).await;
    assert_eq!(
        answer.problem(),
        invalid(&[("current_password", "incorrect")])
    );
    // What stays as it is needs no step-up, in a session or by a key.
    for caller in [&admin, &key] {
        let answer = site.patch(caller, &path(&me), promote.clone()).await;
        assert_eq!(answer.json(StatusCode::OK)["is_admin"], true);
    }
    let mut right = demote;
    right["current_password"] = json!(PASSWORD);
    let answer = site.patch(&admin, &path(&me), right).await;
    assert_eq!(answer.json(StatusCode::OK)["is_admin"], false);
}

#[actix_web::test]
async fn a_password_that_is_sent_is_always_checked() {
    let site = TestSite::open().await;
    let (_, me) = site.user("ada").await;
    let (admin, _) = site.admin("grace").await;
    let key = site.key(Scope::Admin).await;
    let body = json!({"other_id": "x", "current_password": "wrong password"});
    for caller in [&admin, &key] {
        let answer = site.patch(caller, &path(&me), body.clone()).await;
        assert_eq!(
            answer.problem(),
            invalid(&[("current_password", "incorrect")])
        );
    }
    let kept = site.get(&key, &path(&me)).await.json(StatusCode::OK);
    assert_eq!(kept["other_id"], Value::Null);
}

#[actix_web::test]
async fn a_suspension_ends_the_sessions_and_is_lifted_again() {
    let site = TestSite::open().await;
    let (user, me) = site.user("ada").await;
    let key = site.key(Scope::Admin).await;
    let suspend = format!("{}suspend/", path(&me));
    let answer = site.send(&key, "POST", &suspend, None, &[]).await;
    let suspended = answer.json(StatusCode::OK);
    assert_eq!(suspended["is_suspended"], true);
    assert_eq!(suspended["suspended_at"], "2026-01-02T03:04:05.678Z");
    let slug = &suspended["listing_eligibility"]["error_code"]["slug"];
    assert_eq!(slug, "account_suspended");
    let answer = site.get(&user, "/api/v1/user/me/").await;
    assert_eq!(answer.problem(), refused(401, "invalid_token"));
    let login = json!({"username": "ada", "password": PASSWORD});
    let login = site
        .post(&crate::site::As::Nobody, "/api/auth/login/", login)
        .await;
    assert_eq!(login.problem(), refused(403, "account_suspended"));
    let unsuspend = format!("{}unsuspend/", path(&me));
    let answer = site.send(&key, "POST", &unsuspend, None, &[]).await;
    let lifted = answer.json(StatusCode::OK);
    assert_eq!(lifted["is_suspended"], false);
    assert_eq!(lifted["suspended_at"], Value::Null);
    let answer = site.get(&user, "/api/v1/user/me/").await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
}

#[actix_web::test]
async fn a_user_who_is_seen_meanwhile_is_still_the_user_that_staff_saw() {
    let site = TestSite::open().await;
    let (user, me) = site.user("ada").await;
    let key = site.key(Scope::Admin).await;
    let seen = site.get(&key, &path(&me)).await;
    let before = seen.json(StatusCode::OK)["last_seen_at"].clone();
    site.test.clock.advance(Duration::from_mins(6));
    site.get(&user, "/api/v1/user/me/")
        .await
        .json(StatusCode::OK);
    let sessions = &site.test.app.sessions.store;
    site.test.usage.flush(&**sessions).await.expect("flush");
    let again = site.get(&key, &path(&me)).await;
    assert_ne!(again.json(StatusCode::OK)["last_seen_at"], before);
    assert_eq!(again.header("etag"), seen.header("etag"));
    let headers = [("If-Match", seen.header("etag"))];
    let body = json!({"other_id": "42"});
    let changed = site
        .send(&key, "PATCH", &path(&me), Some(&body), &headers)
        .await;
    assert_eq!(changed.json(StatusCode::OK)["other_id"], "42");
    let stale = site
        .send(&key, "PATCH", &path(&me), Some(&body), &headers)
        .await;
    assert_eq!(stale.status, 412);
}
