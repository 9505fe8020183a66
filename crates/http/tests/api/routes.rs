//! What holds of routes of all kinds: unknown objects, methods, queries.

use serde_json::{Value, json};

use crate::coverage::operations;
use crate::site::{As, TestSite};

/// An id of each kind that nothing has.
fn unknown(path: &str) -> String {
    let prefix = match path {
        _ if path.contains("/device-tokens/") => "dev",
        _ if path.contains("/addresses/") => "adr",
        _ if path.contains("/inquiries/") => "inq",
        _ if path.contains("/api-keys/") => "key",
        _ if path.contains("/sessions/") => "ses",
        _ if path.contains("/organizations/") => "org",
        _ if path.contains("/companies/") => "cmp",
        _ => "usr",
    };
    path.replace("{uid}", &format!("{prefix}_01jabcdefghjkmnpqrstvwxyz0"))
}

async fn status(site: &TestSite, caller: &As, method: &str, path: &str) -> u16 {
    // No JSON at all: whoever gets as far as the body is told 415 or 400.
    let headers = [("Content-Type", "text/plain")];
    let answer = site.send(caller, method, path, None, &headers).await;
    answer.status.as_u16()
}

#[actix_web::test]
async fn an_unknown_object_is_not_found_before_the_body_is_read() {
    let site = TestSite::open().await;
    let (admin, _) = site.admin("grace").await;
    let (user, _) = site.manager(&admin, "ada").await;
    let with_uid = operations()
        .into_iter()
        .filter(|(_, path)| path.contains("{uid}"));
    let mut count = 0;
    for (method, path) in with_uid {
        let caller = if path.contains("/admin/") {
            &admin
        } else {
            &user
        };
        let unparsable = path.replace("{uid}", "nonsense");
        let foreign = path.replace("{uid}", "act_01jabcdefghjkmnpqrstvwxyz0");
        for path in [unknown(&path), unparsable, foreign] {
            let found = status(&site, caller, &method, &path).await;
            assert_eq!(found, 404, "{method} {path}");
        }
        count += 1;
    }
    assert!(count >= 25, "{count} routes");
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
    let lists = operations().into_iter().filter(|(method, path)| {
        method == "GET" && (path.ends_with("admin/users/") || path.ends_with("inquiries/"))
            || path == "/api/v1/device-tokens/"
            || method == "GET" && (path == "/api/v1/organizations/" || path == "/api/v1/companies/")
            || path == "/api/v1/user/me/addresses/" && method == "GET"
            || path == "/api/v1/user/me/sessions/"
    });
    let mut count = 0;
    for (_, path) in lists {
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
    assert_eq!(count, 8);
}
