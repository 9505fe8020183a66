//! Who may call what in the dialects: their documents name for each operation
//! the credentials that it takes, and it takes these and no others.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use vestibule_domain::api_keys::Scope;

use crate::site::{As, PUBLIC_URL, TestSite};

/// The documents, each with the header that its calls bear besides.
const DOCUMENTS: [(&str, &str, &str); 4] = [
    (
        "boltonsea",
        include_str!("../../../../../docs/compat/boltonsea.json"),
        "",
    ),
    (
        "epixel",
        include_str!("../../../../../docs/compat/epixel.json"),
        "apikey",
    ),
    (
        "exante",
        include_str!("../../../../../docs/compat/exante.json"),
        "",
    ),
    (
        "interlinedlist",
        include_str!("../../../../../docs/compat/interlinedlist.json"),
        "",
    ),
];

/// A site with every kind of caller, new for each call: some end accounts.
struct Stage {
    site: TestSite,
    admin: As,
    ada: As,
    suspended: As,
    app: String,
}

impl Stage {
    async fn set() -> Self {
        let site = TestSite::open().await;
        let (admin, _) = site.admin("grace").await;
        let (ada, _) = site.manager(&admin, "ada").await;
        let (suspended, sue) = site.user("sue").await;
        let uid = sue["uid"].as_str().expect("a uid");
        let path = format!("/api/v1/admin/users/{uid}/suspend/");
        site.post(&admin, &path, json!({}))
            .await
            .json(actix_web::http::StatusCode::OK);
        let As::Key(app) = site.key(Scope::App).await else {
            panic!("a key");
        };
        Self {
            site,
            admin,
            ada,
            suspended,
            app,
        }
    }
}

/// Who calls with each credential that a document can name.
const CALLERS: [(&str, &[&str]); 4] = [
    (
        "",
        &["nobody", "a suspended user", "a key without the scope"],
    ),
    ("bearer", &["a user", "staff"]),
    ("cookie", &["a user with a cookie"]),
    ("api_key", &["a key of a user", "a key of staff"]),
];

/// Whether the call is refused for who calls.
async fn is_refused(caller: &str, method: &str, path: &str, besides: &str) -> bool {
    let stage = Stage::set().await;
    let cookie = stage.site.cookie("ada").await;
    let mut headers = vec![("Content-Type", "text/plain")];
    if !besides.is_empty() {
        headers.push((besides, &stage.app));
    }
    let key;
    let caller = match caller {
        "nobody" => &As::Nobody,
        "a suspended user" => &stage.suspended,
        "a user" => &stage.ada,
        "staff" => &stage.admin,
        "a user with a cookie" => {
            headers.extend([("Cookie", &*cookie), ("Origin", PUBLIC_URL)]);
            &As::Nobody
        }
        "a key without the scope" => {
            key = stage.site.key(Scope::Introspect).await;
            &key
        }
        "a key of a user" => {
            key = stage.site.own_key(&stage.ada).await;
            &key
        }
        "a key of staff" => {
            key = stage.site.key(Scope::Admin).await;
            &key
        }
        other => panic!("who is {other}?"),
    };
    let before = stage.site.get(&stage.ada, "/api/v1/user/me/").await;
    let answer = stage.site.send(caller, method, path, None, &headers).await;
    let status = answer.status.as_u16();
    assert!(status != 405 && status < 500, "{status}: {method} {path}");
    // 404 hides others from who may not see them.
    let is_refused = matches!(status, 401 | 403 | 404);
    if is_refused {
        let after = stage.site.get(&stage.ada, "/api/v1/user/me/").await;
        assert_eq!(before.body, after.body, "{method} {path}");
    }
    is_refused
}

fn credentials(operation: &Value) -> BTreeSet<&str> {
    let security = operation["security"].as_array().expect("credentials");
    let named = security
        .iter()
        .flat_map(|one| one.as_object().expect("a credential").keys());
    named.map(String::as_str).collect()
}

#[actix_web::test]
async fn each_operation_takes_the_credentials_that_its_document_names() {
    let mut checked = 0;
    for (dialect, document, besides) in DOCUMENTS {
        let document: Value = serde_json::from_str(document).expect("JSON");
        for (path, item) in document["paths"].as_object().expect("paths") {
            let target = path.replace("{email}", "ada@example.com");
            let target = target.replace("{username}", "ada");
            assert!(!target.contains('{'), "say what stands in {path}");
            for (method, operation) in item.as_object().expect("a path item") {
                let method = method.to_uppercase();
                let named = credentials(operation);
                for (credential, callers) in CALLERS {
                    let mut through = Vec::new();
                    for caller in callers {
                        if !is_refused(caller, &method, &target, besides).await {
                            through.push(caller);
                        }
                    }
                    let is_taken = !through.is_empty();
                    assert_eq!(
                        is_taken,
                        named.contains(credential),
                        "{dialect}: {method} {path} by {through:?} of {callers:?}"
                    );
                }
                checked += 1;
            }
        }
    }
    assert_eq!(checked, 25, "operations");
}
