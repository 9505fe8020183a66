//! Every route of the document, by who may call it.

use serde_json::{Value, json};
use vestibule_domain::api_keys::Scope;

use crate::site::{As, TestSite};

/// An id of each kind that nothing has.
fn unknown(path: &str) -> String {
    let prefix = match path {
        _ if path.contains("/device-tokens/") => "dev",
        _ if path.contains("/addresses/") => "adr",
        _ if path.contains("/inquiries/") => "inq",
        _ => "usr",
    };
    path.replace("{uid}", &format!("{prefix}_01jabcdefghjkmnpqrstvwxyz0"))
}

/// Method and path of every route, and whether it wants a credential.
fn routes() -> Vec<(String, String, bool)> {
    let document = serde_json::to_value(vestibule_http::document()).expect("a document");
    let paths = document["paths"].as_object().expect("paths");
    let mut routes = Vec::new();
    for (path, item) in paths {
        for (method, operation) in item.as_object().expect("a path item") {
            let secured = operation["security"].is_array();
            routes.push((method.to_uppercase(), path.clone(), secured));
        }
    }
    routes
}

async fn status(site: &TestSite, caller: &As, method: &str, path: &str) -> u16 {
    // No JSON at all: whoever gets as far as the body is told 415 or 400.
    let headers = [("Content-Type", "text/plain")];
    let answer = site.send(caller, method, path, None, &headers).await;
    answer.status.as_u16()
}

#[actix_web::test]
async fn without_a_credential_nothing_is_reached_but_what_needs_none() {
    let site = TestSite::open().await;
    for (method, path, secured) in routes() {
        let status = status(&site, &As::Nobody, &method, &unknown(&path)).await;
        let expected = match (secured, method.as_str()) {
            (true, _) => 401,
            (false, "GET") => 200,
            (false, _) => 415,
        };
        assert_eq!(status, expected, "{method} {path}");
    }
}

#[actix_web::test]
async fn users_are_not_staff_and_keys_are_not_users() {
    let site = TestSite::open().await;
    let (user, _) = site.user("ada").await;
    let (admin, _) = site.admin("grace").await;
    let admin_key = site.key(Scope::Admin).await;
    let other_key = site.key(Scope::UsersRead).await;
    for (method, path, secured) in routes() {
        // A logout would end the session that the other routes are tried with.
        if !secured || path == "/api/auth/logout/" {
            continue;
        }
        let is_staff = path.starts_with("/api/v1/admin/");
        let path = unknown(&path);
        let refused = async |caller: &As| status(&site, caller, &method, &path).await == 403;
        assert_eq!(refused(&user).await, is_staff, "user {method} {path}");
        assert_eq!(refused(&admin_key).await, !is_staff, "key {method} {path}");
        assert!(refused(&other_key).await, "key {method} {path}");
        if is_staff {
            assert!(!refused(&admin).await, "admin {method} {path}");
        }
    }
}

#[actix_web::test]
async fn an_unknown_object_is_not_found_before_the_body_is_read() {
    let site = TestSite::open().await;
    let (user, _) = site.user("ada").await;
    let (admin, _) = site.admin("grace").await;
    let with_uid = routes()
        .into_iter()
        .filter(|(_, path, _)| path.contains("{uid}"));
    let mut count = 0;
    for (method, path, _) in with_uid {
        let caller = if path.contains("/admin/") {
            &admin
        } else {
            &user
        };
        let unparsable = path.replace("{uid}", "nonsense");
        let foreign = path.replace("{uid}", "ses_01jabcdefghjkmnpqrstvwxyz0");
        for path in [unknown(&path), unparsable, foreign] {
            let found = status(&site, caller, &method, &path).await;
            assert_eq!(found, 404, "{method} {path}");
        }
        count += 1;
    }
    assert!(count >= 15, "{count} routes");
}

#[actix_web::test]
async fn another_method_is_405_and_names_the_right_ones() {
    let site = TestSite::open().await;
    let (user, _) = site.user("ada").await;
    for (method, path, allow) in [
        ("DELETE", "/api/v1/device-tokens/register/", "POST"),
        ("GET", "/api/v1/device-tokens/dev_x/", "DELETE"),
        (
            "POST",
            "/api/v1/user/me/addresses/adr_x",
            "GET, HEAD, PATCH, DELETE",
        ),
        ("DELETE", "/api/auth/user", "GET, HEAD, PUT, PATCH"),
        ("POST", "/api/v1/admin/users/usr_x/features/", "PUT"),
    ] {
        let answer = site.send(&user, method, path, None, &[]).await;
        assert_eq!(answer.status, 405, "{method} {path}");
        let sorted = |text: &str| {
            let mut methods: Vec<String> = text.split(", ").map(str::to_owned).collect();
            methods.sort();
            methods
        };
        assert_eq!(sorted(answer.header("allow")), sorted(allow), "{path}");
    }
}

#[actix_web::test]
async fn what_is_wrong_with_a_query_is_named_and_what_is_unknown_ignored() {
    let site = TestSite::open().await;
    let (admin, _) = site.admin("grace").await;
    let lists = routes().into_iter().filter(|(method, path, _)| {
        method == "GET" && (path.ends_with("users/") || path.ends_with("inquiries/"))
            || path == "/api/v1/device-tokens/"
            || path == "/api/v1/user/me/addresses/" && method == "GET"
    });
    let mut count = 0;
    for (_, path, _) in lists {
        let answer = site.get(&admin, &format!("{path}?color=red&page=2")).await;
        let body = answer.json(actix_web::http::StatusCode::OK);
        assert_eq!(body["results"], json!([]), "{path}");
        assert_eq!(body["next"], Value::Null, "{path}");
        let answer = site
            .get(&admin, &format!("{path}?page=0&page_size=201"))
            .await;
        let (_, _, fields) = answer.problem();
        let fields: Vec<_> = fields.iter().map(|(field, _)| field.as_str()).collect();
        assert_eq!(fields, ["page", "page_size"], "{path}");
        count += 1;
    }
    assert_eq!(count, 5);
}
