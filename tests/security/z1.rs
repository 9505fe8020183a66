//! Z1: nobody but its owner reaches an object. Who may call each operation is
//! held in `crates/http/tests/api/coverage`; here on a real database, with a look
//! at the owner's rows.

use serde_json::{Value, json};

use crate::support::{Account, TestApp};

const LISTS: [&str; 5] = [
    "/api/v1/device-tokens/",
    "/api/v1/user/me/addresses/",
    "/api/v1/support/inquiries/",
    "/api/v1/api-keys/",
    "/api/v1/user/me/",
];

async fn rows(app: &TestApp, owner: &Account) -> Vec<Value> {
    let mut rows = Vec::new();
    for list in LISTS {
        rows.push(app.get(list, &owner.access).await.expect(200));
    }
    rows
}

/// A user who may have API keys.
async fn manager(app: &TestApp, staff: &str, name: &str) -> Account {
    let user = app.register(name).await;
    let path = format!("/api/v1/admin/users/{}/", user.uid);
    let right = json!({"can_manage_api_environment": true});
    app.patch(&path, staff, right).await.expect(200);
    user
}

#[tokio::test]
async fn z1_objects_are_their_owners_alone() {
    let app = TestApp::start().await;
    let staff = app.service_key(&["admin"]);
    let others_key = app.service_key(&["users:read", "app"]);
    let (ada, eve) = (
        manager(&app, &staff, "ada_dealer").await,
        manager(&app, &staff, "eve_dealer").await,
    );
    let made = async |path: &str, body: Value| {
        let made = app.post(path, &ada.access, body).await.expect(201);
        made["uid"].as_str().unwrap().to_owned()
    };
    let device = json!({"token": "t", "platform": "ios"});
    let device = made("/api/v1/device-tokens/register/", device).await;
    let address = json!({"name": "A", "line1": "1", "city": "C", "country": "GB"});
    let address = made("/api/v1/user/me/addresses/", address).await;
    let inquiry = json!({"subject": "s", "message": "m"});
    let inquiry = made("/api/v1/support/", inquiry).await;
    let key = made("/api/v1/api-keys/", json!({"name": "k"})).await;
    let own = app.post("/api/v1/api-keys/", &eve.access, json!({"name": "own"}));
    let own = own.await.expect(201);
    let eves_key = own["key"].as_str().unwrap();

    let before = rows(&app, &ada).await;
    let paths = [
        format!("/api/v1/device-tokens/{device}/"),
        format!("/api/v1/device-tokens/{device}/deactivate/"),
        format!("/api/v1/device-tokens/{device}/refresh/"),
        format!("/api/v1/user/me/addresses/{address}/"),
        format!("/api/v1/support/inquiries/{inquiry}/"),
        format!("/api/v1/api-keys/{key}/"),
        format!("/api/v1/api-keys/{key}/rotate/"),
    ];
    let callers = [
        ("anonymous", "", &[401][..]),
        ("another user", &eve.access, &[404, 405]),
        ("another user's key", eves_key, &[403, 404, 405]),
        ("a key without the scope", &others_key, &[403, 405]),
    ];
    for (who, credential, allowed) in callers {
        for path in &paths {
            for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
                let body = match method {
                    "GET" | "DELETE" => Value::Null,
                    _ => json!({"name": "mine now"}),
                };
                let reply = app.send(method, path, credential, body).await;
                let allowed = allowed.contains(&reply.status) || reply.status == 405;
                assert!(allowed, "{who} {method} {path}: {}", reply.status);
            }
        }
    }
    assert_eq!(rows(&app, &ada).await, before);
}
