//! Lists of sessions, their end by their owner, and their end by time.

use std::time::Duration;

use actix_web::http::StatusCode;
use serde_json::{Value, json};
use vestibule_domain::activity::Event;
use vestibule_domain::kernel::{PageRequest, PageSize, UserId};
use vestibule_domain::outbox::Mail;

use crate::site::{Answer, As, PASSWORD, TestSite, refused};

const SESSIONS: &str = "/api/v1/user/me/sessions/";
const ME: &str = "/api/v1/user/me/";
const DAY: Duration = Duration::from_hours(24);

/// Signs in; answers the token and the refresh token.
async fn login(site: &TestSite, name: &str, agent: &str) -> (As, String) {
    let body = json!({"username": name, "password": PASSWORD});
    let headers = [("User-Agent", agent)];
    let answer = site
        .send(
            &As::Nobody,
            "POST",
            "/api/auth/login/",
            Some(&body),
            &headers,
        )
        .await;
    let body = answer.json(StatusCode::OK);
    let text = |field: &str| body[field].as_str().expect("a token").to_owned();
    (As::Token(text("access")), text("refresh"))
}

async fn list(site: &TestSite, caller: &As) -> Vec<Value> {
    let body = site.get(caller, SESSIONS).await.json(StatusCode::OK);
    let results = body["results"].as_array().expect("results").clone();
    assert_eq!(body["count"], results.len());
    results
}

fn uid(session: &Value) -> String {
    session["uid"].as_str().expect("a uid").to_owned()
}

async fn is_over(site: &TestSite, caller: &As, refresh: &str) {
    let over = refused(401, "invalid_token");
    assert_eq!(site.get(caller, ME).await.problem(), over);
    assert_eq!(exchange(site, refresh).await.problem(), over);
}

async fn exchange(site: &TestSite, refresh: &str) -> Answer {
    let body = json!({"refresh": refresh});
    site.post(&As::Nobody, "/api/auth/token/refresh/", body)
        .await
}

async fn events(site: &TestSite, user: &str) -> Vec<Event> {
    let user: UserId = user.parse().expect("a uid");
    let page = PageRequest::number(1, PageSize::DEFAULT);
    let log = site
        .test
        .storage
        .activity
        .list(user, page)
        .await
        .expect("the log");
    log.items.iter().map(|record| record.entry.event).collect()
}

#[actix_web::test]
async fn sessions_are_listed_as_the_contract_says() {
    let site = TestSite::open().await;
    let (first, _) = site.user("ada").await;
    site.test.clock.advance(Duration::from_mins(1));
    let (second, _) = login(&site, "ada", "Phone/2.0").await;
    site.user("bob").await;
    let sessions = list(&site, &second).await;
    assert_eq!(sessions.len(), 2);
    assert_eq!(
        sessions[0],
        json!({
            "uid": uid(&sessions[0]),
            "created_at": "2026-01-02T03:05:05.678Z",
            "last_used_at": "2026-01-02T03:05:05.678Z",
            "expires_at": "2026-02-01T03:05:05.678Z",
            "ip": null,
            "user_agent": "Phone/2.0",
            "current": true,
        })
    );
    assert!(uid(&sessions[0]).starts_with("ses_"));
    assert_eq!(sessions[1]["current"], false);
    assert_eq!(list(&site, &first).await[1]["current"], true);
    let page = site.get(&first, &format!("{SESSIONS}?page_size=1")).await;
    let next = page.json(StatusCode::OK)["next"].clone();
    let next = next.as_str().expect("a next page");
    let rest = next.find("/api/").map(|at| &next[at..]).expect("a path");
    let page = site.get(&first, rest).await.json(StatusCode::OK);
    assert_eq!(page["results"][0]["uid"], sessions[1]["uid"]);
}

#[actix_web::test]
async fn a_revoked_session_is_over_at_the_next_request() {
    let site = TestSite::open().await;
    let (first, me) = site.user("ada").await;
    let (second, refresh) = login(&site, "ada", "Phone/2.0").await;
    let (other, _) = site.user("bob").await;
    site.get(&second, ME).await.json(StatusCode::OK);
    let target = uid(&list(&site, &second).await[0]);
    let path = format!("{SESSIONS}{target}/");
    let not_found = refused(404, "not_found");
    assert_eq!(site.delete(&other, &path).await.problem(), not_found);
    site.get(&second, ME).await.json(StatusCode::OK);
    assert_eq!(site.delete(&first, &path).await.status, 204);
    is_over(&site, &second, &refresh).await;
    assert_eq!(site.delete(&first, &path).await.problem(), not_found);
    assert_eq!(list(&site, &first).await.len(), 1);
    let log = events(&site, me["uid"].as_str().expect("a uid")).await;
    assert_eq!(log[0], Event::SessionRevoked);

    let own = format!("{SESSIONS}{}/", uid(&list(&site, &first).await[0]));
    assert_eq!(site.delete(&first, &own).await.status, 204);
    let over = refused(401, "invalid_token");
    assert_eq!(site.get(&first, ME).await.problem(), over);
}

#[actix_web::test]
async fn all_other_sessions_are_revoked_and_counted() {
    let site = TestSite::open().await;
    let (first, me) = site.user("ada").await;
    let mut others = Vec::new();
    for _ in 0..3 {
        others.push(login(&site, "ada", "Phone/2.0").await);
    }
    let (bob, _) = site.user("bob").await;
    let path = format!("{SESSIONS}revoke-others/");
    let answer = site.post(&first, &path, json!({})).await;
    assert_eq!(answer.json(StatusCode::OK), json!({"revoked": 3}));
    for (token, refresh) in &others {
        is_over(&site, token, refresh).await;
    }
    site.get(&first, ME).await.json(StatusCode::OK);
    site.get(&bob, ME).await.json(StatusCode::OK);
    let answer = site.send(&first, "POST", &path, None, &[]).await;
    assert_eq!(answer.json(StatusCode::OK), json!({"revoked": 0}));
    let log = events(&site, me["uid"].as_str().expect("a uid")).await;
    let of = |wanted| log.iter().filter(|event| **event == wanted).count();
    assert_eq!(of(Event::OtherSessionsRevoked), 1);
    let answer = site.delete(&first, &path).await;
    assert_eq!(answer.problem(), refused(405, "method_not_allowed"));
    assert_eq!(answer.header("allow"), "POST");
    // Who signs in afterwards does so under the new epoch.
    let (later, _) = login(&site, "ada", "Phone/2.0").await;
    site.get(&later, ME).await.json(StatusCode::OK);
}

#[actix_web::test]
async fn a_session_ends_when_it_is_not_used_for_14_days() {
    let site = TestSite::open().await;
    site.user("ada").await;
    let (_, refresh) = login(&site, "ada", "Phone/2.0").await;
    site.test
        .clock
        .advance((14 * DAY).saturating_sub(Duration::from_secs(1)));
    let body = exchange(&site, &refresh).await.json(StatusCode::OK);
    let token = As::Token(body["access"].as_str().expect("a token").to_owned());
    let sessions = list(&site, &token).await;
    assert_eq!(sessions.len(), 2, "the other one lives for a second more");
    site.test.clock.advance(Duration::from_secs(1));
    assert_eq!(list(&site, &token).await.len(), 1);
    let next = body["refresh"].as_str().expect("a token");
    site.test
        .clock
        .advance((14 * DAY).saturating_sub(Duration::from_secs(1)));
    let answer = exchange(&site, next).await;
    assert_eq!(answer.problem(), refused(401, "invalid_token"));
}

#[actix_web::test]
async fn a_session_ends_after_30_days_however_much_it_is_used() {
    let site = TestSite::open().await;
    site.user("ada").await;
    let (_, mut refresh) = login(&site, "ada", "Phone/2.0").await;
    for _ in 0..29 {
        site.test.clock.advance(DAY);
        let body = exchange(&site, &refresh).await.json(StatusCode::OK);
        assert_eq!(body["refresh_expiration"], "2026-02-01T03:04:05.678Z");
        refresh = body["refresh"].as_str().expect("a token").to_owned();
    }
    site.test
        .clock
        .advance(DAY.saturating_sub(Duration::from_secs(1)));
    let body = exchange(&site, &refresh).await.json(StatusCode::OK);
    // The access token ends with the session, not ten minutes later.
    assert_eq!(body["access_expiration"], "2026-02-01T03:04:05.000Z");
    refresh = body["refresh"].as_str().expect("a token").to_owned();
    site.test.clock.advance(Duration::from_secs(1));
    let answer = exchange(&site, &refresh).await;
    assert_eq!(answer.problem(), refused(401, "invalid_token"));
}

#[actix_web::test]
async fn t3_a_rotated_token_that_is_reused_later_ends_the_session() {
    let site = TestSite::open().await;
    let (first, me) = site.user("ada").await;
    let (second, old) = login(&site, "ada", "Phone/2.0").await;
    let rotated = exchange(&site, &old).await.json(StatusCode::OK);
    let newest = rotated["refresh"].as_str().expect("a token").to_owned();
    site.test.clock.advance(Duration::from_secs(10));
    let replayed = exchange(&site, &old).await.json(StatusCode::OK);
    assert_eq!(replayed["refresh"], newest.as_str(), "within the grace");
    site.test.clock.advance(Duration::from_secs(1));
    let over = refused(401, "invalid_token");
    assert_eq!(exchange(&site, &old).await.problem(), over);
    // Who has the successor is out as well, by every token of the session.
    is_over(&site, &second, &newest).await;
    site.get(&first, ME).await.json(StatusCode::OK);
    let log = events(&site, me["uid"].as_str().expect("a uid")).await;
    assert_eq!(log[0], Event::SessionCompromised);
}

/// Delivers what is due; the notices of new devices among it.
pub(crate) async fn notices(site: &TestSite) -> Vec<Mail> {
    site.test.app.outbox.deliver_due().await.expect("delivery");
    let letters = site.test.mailbox.take().into_iter();
    letters
        .map(|(_, mail)| mail)
        .filter(|mail| matches!(mail, Mail::NewDevice { .. }))
        .collect()
}

/// The device cookie that an answer sets, as a client sends it back.
pub(crate) fn device(answer: &Answer) -> String {
    let cookies = answer.headers.get_all("set-cookie");
    let mut cookies = cookies.map(|cookie| cookie.to_str().expect("a text"));
    let cookie = cookies.find(|cookie| cookie.starts_with("__Host-vestibule_device="));
    let cookie = cookie.expect("a device cookie");
    assert!(cookie.contains("; Secure"), "{cookie}");
    assert!(cookie.contains("Max-Age=31536000"), "{cookie}");
    cookie.split(';').next().unwrap_or_default().to_owned()
}

#[actix_web::test]
async fn a_login_from_a_device_that_is_not_known_is_told_by_mail() {
    let site = TestSite::open().await;
    let body = json!({
        "username": "ada", "email": "ada@example.com",
        "password1": PASSWORD, "password2": PASSWORD,
    });
    let registered = site
        .post(&As::Nobody, "/api/auth/registration/", body)
        .await;
    assert_eq!(registered.status, StatusCode::CREATED);
    let known = device(&registered);
    assert!(notices(&site).await.is_empty(), "not at the registration");
    let log_in = async |cookie: &str| {
        let body = json!({"username": "ada", "password": PASSWORD});
        let headers = [("Cookie", cookie), ("User-Agent", "Phone/2.0")];
        let path = "/api/auth/login/";
        let answer = site
            .send(&As::Nobody, "POST", path, Some(&body), &headers)
            .await;
        assert_eq!(answer.status, StatusCode::OK);
        answer
    };
    let known = device(&log_in(&known).await);
    assert!(notices(&site).await.is_empty(), "it is known");
    let other = device(&log_in("a=b").await);
    let told = notices(&site).await;
    let expected = Mail::NewDevice {
        to: "ada@example.com".to_owned(),
        username: "ada".to_owned(),
        ip: "unknown".to_owned(),
        user_agent: "Phone/2.0".to_owned(),
        at: "2026-01-02T03:04:05.678Z".to_owned(),
    };
    assert!(told == [expected], "{} notices", told.len());
    log_in(&other).await;
    log_in(&known).await;
    assert!(notices(&site).await.is_empty(), "both are known by now");
    // A change of the password from a known device keeps that one alone known.
    let (token, _) = login(&site, "ada", "Phone/2.0").await;
    assert_eq!(notices(&site).await.len(), 1);
    let body = json!({
        "current_password": PASSWORD,
        "new_password": "another good battery",
        "confirm_password": "another good battery",
    });
    let path = "/api/v1/user/password/";
    let changed = site
        .send(&token, "POST", path, Some(&body), &[("Cookie", &known)])
        .await;
    let renewed = device(&changed);
    for (cookie, notes) in [(&renewed, 0), (&known, 1), (&other, 1)] {
        let body = json!({"username": "ada", "password": "another good battery"});
        let headers = [("Cookie", cookie.as_str())];
        let path = "/api/auth/login/";
        let answer = site
            .send(&As::Nobody, "POST", path, Some(&body), &headers)
            .await;
        assert_eq!(answer.status, StatusCode::OK);
        assert_eq!(notices(&site).await.len(), notes, "{cookie}");
    }
    // After a year without a login it is as good as unknown.
    site.test.clock.advance(365 * DAY);
    let body = json!({"username": "ada", "password": "another good battery"});
    let headers = [("Cookie", renewed.as_str())];
    let answer = site
        .send(
            &As::Nobody,
            "POST",
            "/api/auth/login/",
            Some(&body),
            &headers,
        )
        .await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(notices(&site).await.len(), 1);
}
