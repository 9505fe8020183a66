//! The InterlinedList dialect: who may call what, and what it asks for.

use std::time::Duration;

use actix_web::http::StatusCode;
use serde_json::{Value, json};
use vestibule_http::Compat;

use crate::identities::linked;
use crate::organizations::member;
use crate::site::{Answer, As, PASSWORD, PUBLIC_URL, TestSite, refused};

const DELETE: &str = "/api/user/delete";
const CHANGE_EMAIL: &str = "/api/user/change-email/request";
const IDENTITIES: &str = "/api/user/identities";

/// The calls of the document that only a session may make, and the others.
const SESSION: &[&str] = &[
    "GET /api/user/identities/",
    "DELETE /api/user/identities/",
    "POST /api/user/identities/verify/",
    "GET /api/user/organizations/",
    "POST /api/user/organizations/",
    "POST /api/user/delete/",
    "GET /api/user/{username}/messages/",
];
const SESSION_OR_BEARER: &[&str] = &[
    "GET /api/user/",
    "PATCH /api/user/update/",
    "POST /api/user/avatar/upload/",
    "POST /api/user/avatar/from-url/",
    "POST /api/user/change-email/request/",
];

#[track_caller]
fn error(answer: &Answer, status: u16) -> String {
    let text = String::from_utf8_lossy(&answer.body);
    assert_eq!(answer.status.as_u16(), status, "{text}");
    assert_eq!(answer.header("content-type"), "application/json");
    let body: Value = serde_json::from_slice(&answer.body).expect("JSON");
    let object = body.as_object().expect("an object");
    assert_eq!(object.len(), 1, "{text}");
    object["error"].as_str().expect("a text").to_owned()
}

/// Without a credential that counts a call is refused before its body is read.
async fn call(site: &TestSite, caller: &As, call: &str, headers: &[(&str, &str)]) -> Answer {
    let (method, path) = call.split_once(' ').expect("a method and a path");
    let path = path.replace("{username}", "ada");
    site.send(caller, method, &path, None, headers).await
}

#[actix_web::test]
async fn each_call_is_for_whom_the_document_says() {
    let site = TestSite::open().await;
    let (admin, _) = site.admin("grace").await;
    let (ada, _) = site.manager(&admin, "ada").await;
    let (key, cookie) = (site.own_key(&ada).await, site.cookie("ada").await);
    let (As::Token(token), As::Key(text)) = (&ada, &key) else {
        panic!("a token and a key");
    };
    let document = site.get(&As::Nobody, "/api/openapi/interlinedlist.json");
    let document = document.await.json(StatusCode::OK);
    let mut known: Vec<String> = Vec::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("a path") {
            let call = format!("{} {path}", method.to_uppercase());
            let bearers = operation["security"].as_array().expect("a list");
            let by_token = bearers.iter().any(|way| way.get("bearer").is_some());
            let table = if by_token { SESSION_OR_BEARER } else { SESSION };
            assert!(table.contains(&call.as_str()), "{call}");
            known.push(call);
        }
    }
    assert_eq!(known.len(), SESSION.len() + SESSION_OR_BEARER.len());

    let (bearer, bearer_key) = (format!("Bearer {token}"), format!("Bearer {text}"));
    for each in SESSION.iter().chain(SESSION_OR_BEARER) {
        error(&call(&site, &As::Nobody, each, &[]).await, 401);
        let bad = [("Cookie", "__Host-vestibule_session=nonsense")];
        error(&call(&site, &As::Nobody, each, &bad).await, 401);
        let reads = each.starts_with("GET ");
        for site_of in ["cross-site", "same-site", "none"] {
            let headers = [("Cookie", cookie.as_str()), ("Sec-Fetch-Site", site_of)];
            let answer = call(&site, &As::Nobody, each, &headers).await;
            if !reads {
                error(&answer, 403);
            }
        }
        for origin in ["https://evil.example", "null", ""] {
            let headers = [("Cookie", cookie.as_str()), ("Origin", origin)];
            let answer = call(&site, &As::Nobody, each, &headers).await;
            if !reads {
                error(&answer, 403);
            }
        }
    }
    for each in SESSION {
        for authorization in [
            bearer.as_str(),
            &bearer_key,
            "Bearer nonsense",
            "Basic YTph",
        ] {
            for with_cookie in [false, true] {
                let mut headers = vec![("Authorization", authorization)];
                if with_cookie {
                    headers.extend([("Cookie", cookie.as_str()), ("Origin", PUBLIC_URL)]);
                }
                error(&call(&site, &As::Nobody, each, &headers).await, 401);
            }
        }
        error(&call(&site, &key, each, &[]).await, 401);
    }
    for each in SESSION_OR_BEARER {
        let own = if *each == "POST /api/user/change-email/request/" {
            error(&call(&site, &key, each, &[]).await, 403);
            vec![&ada]
        } else {
            vec![&ada, &key]
        };
        for caller in own {
            // No body at all: whoever gets so far is told 400 or 415.
            let status = call(&site, caller, each, &[]).await.status.as_u16();
            assert!([200, 400, 415].contains(&status), "{each}: {status}");
        }
    }
    // Nothing of that changed anything.
    let user = site.get(&ada, "/api/user").await.json(StatusCode::OK);
    assert_eq!(user["username"], "ada");
}

/// A user whose login is older than what a step-up takes for recent.
async fn long_signed_in(site: &TestSite) -> (As, String, String) {
    let (ada, _) = site.user("ada").await;
    let identity = linked(site, &ada, "github", "octocat", json!({})).await;
    let cookie = site.cookie("ada").await;
    site.test.clock.advance(Duration::from_mins(6));
    (ada, cookie, identity)
}

async fn by_cookie(site: &TestSite, cookie: &str, call: (&str, &str), body: Value) -> Answer {
    let headers = [("Cookie", cookie), ("Origin", PUBLIC_URL)];
    let (method, path) = call;
    let sent = Some(&body).filter(|body| !body.is_null());
    site.send(&As::Nobody, method, path, sent, &headers).await
}

#[actix_web::test]
async fn what_has_no_place_for_a_step_up_goes_without() {
    let site = TestSite::open().await;
    let (ada, cookie, identity) = long_signed_in(&site).await;
    let native = site.delete(&ada, "/api/v1/user/me/").await;
    assert_eq!(native.problem(), refused(403, "reauthentication_required"));

    let body = json!({"email": "new@example.com"});
    let answer = site.post(&ada, CHANGE_EMAIL, body.clone()).await;
    answer.json(StatusCode::OK);
    // A password that is sent counts all the same.
    for (method, path, mut body) in [
        ("POST", CHANGE_EMAIL, body),
        ("DELETE", IDENTITIES, json!({"id": identity})),
        ("POST", DELETE, json!({})),
    ] {
        body["currentPassword"] = json!("wrong");
        let answer = by_cookie(&site, &cookie, (method, path), body).await;
        let told = error(&answer, 400);
        assert_eq!(told, "currentPassword: The current password is incorrect.");
    }
    let unlinked = json!({"id": identity});
    let answer = by_cookie(&site, &cookie, ("DELETE", IDENTITIES), unlinked).await;
    answer.json(StatusCode::OK);
    let answer = by_cookie(&site, &cookie, ("POST", DELETE), Value::Null).await;
    answer.json(StatusCode::OK);
    assert!(answer.header("set-cookie").contains("Max-Age=0"));
    error(&site.get(&ada, "/api/user").await, 401);
}

#[actix_web::test]
async fn a_step_up_is_demanded_where_the_operator_says_so() {
    let mut compat = Compat::default();
    compat.interlinedlist.step_up = true;
    let site = TestSite::open_with(compat).await;
    let (_, cookie, identity) = long_signed_in(&site).await;
    for (method, path, body) in [
        ("POST", CHANGE_EMAIL, json!({"email": "new@example.com"})),
        ("DELETE", IDENTITIES, json!({"id": identity})),
        ("POST", DELETE, json!({})),
    ] {
        let answer = by_cookie(&site, &cookie, (method, path), body.clone()).await;
        let told = error(&answer, 403);
        assert!(told.starts_with("Send currentPassword"), "{told}");
        let mut proved = body;
        proved["currentPassword"] = json!(PASSWORD);
        let answer = by_cookie(&site, &cookie, (method, path), proved).await;
        answer.json(StatusCode::OK);
    }
}

#[actix_web::test]
async fn bodies_that_are_too_large_are_refused_in_the_dialects_shape() {
    let site = TestSite::open().await;
    let (ada, _) = site.user("ada").await;
    let cookie = site.cookie("ada").await;
    let json = [("Content-Type", "application/json")];
    let own = [
        ("Content-Type", "application/json"),
        ("Cookie", cookie.as_str()),
        ("Origin", PUBLIC_URL),
    ];
    let large = vec![b' '; 300 * 1024];
    for (method, path) in [
        ("PATCH", "/api/user/update"),
        ("POST", "/api/user/avatar/from-url"),
        ("POST", CHANGE_EMAIL),
    ] {
        let answer = site.send_bytes(&ada, method, path, &large, &json).await;
        error(&answer, 413);
    }
    for (method, path) in [
        ("DELETE", IDENTITIES),
        ("POST", "/api/user/identities/verify"),
        ("POST", "/api/user/organizations"),
        ("POST", DELETE),
    ] {
        let answer = site
            .send_bytes(&As::Nobody, method, path, &large, &own)
            .await;
        error(&answer, 413);
    }
    let parts = [("Content-Type", "multipart/form-data; boundary=XX")];
    let large = vec![b'x'; 5 * 1024 * 1024 + 20_000];
    let path = "/api/user/avatar/upload";
    let answer = site.send_bytes(&ada, "POST", path, &large, &parts).await;
    error(&answer, 413);
}

#[actix_web::test]
async fn the_only_owner_of_an_organization_with_members_is_told_so() {
    let site = TestSite::open().await;
    let (ada, _) = site.user("ada").await;
    let cookie = site.cookie("ada").await;
    let made = json!({"name": "Vinyl Dealers"});
    let made = by_cookie(&site, &cookie, ("POST", "/api/user/organizations"), made).await;
    let organization = made.json(StatusCode::CREATED)["id"].clone();
    let organization = json!({"uid": organization});
    member(&site, &ada, &organization, "bob", "member").await;
    let answer = by_cookie(&site, &cookie, ("POST", DELETE), Value::Null).await;
    let told = error(&answer, 409);
    assert!(told.ends_with(": Vinyl Dealers."), "{told}");
    site.get(&ada, "/api/user").await.json(StatusCode::OK);
}
