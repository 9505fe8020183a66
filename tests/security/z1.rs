//! Z1: nobody but its owner reaches an object, by any route that names one. Who
//! may call each operation is held in `crates/http/tests/api/coverage`; here every
//! such path of the document, with every verb, on a real database, with a look at
//! the owner's rows.

use serde_json::{Value, json};

use super::super::identities::linked::Providers;
use super::super::organizations::{create, member};
use crate::support::{Account, TestApp};

const VERBS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];
const LISTS: [&str; 11] = [
    "/api/v1/user/me/",
    "/api/v1/user/me/addresses/",
    "/api/v1/user/me/identities/",
    "/api/v1/user/me/sessions/",
    "/api/v1/api-keys/",
    "/api/v1/companies/",
    "/api/v1/device-tokens/",
    "/api/v1/messages/",
    "/api/v1/organizations/",
    "/api/v1/support/inquiries/",
    "/api/v1/user/me/settings/",
];

/// Paths whose parameter names something public, or a provider.
fn names_no_object(path: &str) -> bool {
    ["{provider}", "{username}", "{file}"]
        .iter()
        .any(|parameter| path.contains(parameter))
}

/// Every path of the document that names an object.
async fn patterns(app: &TestApp) -> Vec<String> {
    let document = app.get("/api/openapi.json", "").await.expect(200);
    let paths = document["paths"].as_object().unwrap().keys();
    let paths = paths.filter(|path| path.contains('{') && !names_no_object(path));
    let paths: Vec<_> = paths.cloned().collect();
    assert!(paths.len() >= 25, "{paths:#?}");
    paths
}

/// A user with one of everything that a path can name.
struct Owned {
    owner: Account,
    organization: Value,
    /// What stands for `{uid}` in the paths that begin so.
    named: Vec<(&'static str, String)>,
    invitation: String,
}

impl Owned {
    async fn make(app: &TestApp, staff: &str) -> Self {
        let owner = manager(app, staff, "ada_dealer").await;
        let access = &owner.access;
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let made = async |path: &str, body: Value| {
            let made = app.post(path, access, body).await.expect(201);
            text(&made["uid"])
        };
        let device = json!({"token": "t", "platform": "ios"});
        let device = made("/api/v1/device-tokens/register/", device).await;
        let address = json!({"name": "A", "line1": "1", "city": "C", "country": "GB"});
        let address = made("/api/v1/user/me/addresses/", address).await;
        let inquiry = json!({"subject": "s", "message": "m"});
        let inquiry = made("/api/v1/support/", inquiry).await;
        let key = made("/api/v1/api-keys/", json!({"name": "k"})).await;
        let message = json!({"body": "b", "visibility": "private"});
        let message = made("/api/v1/messages/", message).await;
        let identity = json!({"identifier": "ada.bsky.social", "password": "abcd-efgh-ijkl-mnop"});
        let identity = made("/api/v1/user/me/identities/bluesky/link/", identity).await;
        app.login("ada_dealer").await;
        let sessions = app
            .get("/api/v1/user/me/sessions/", access)
            .await
            .expect(200);
        let organization = create(app, &owner, "Acme").await;
        let uid = text(&organization["uid"]);
        let company = text(&organization["company"]["uid"]);
        let invitation = json!({"email": "guest@example.com", "role": "member"});
        let path = format!("/api/v1/organizations/{uid}/invitations/");
        let invitation = made(&path, invitation).await;
        Self {
            named: vec![
                ("/api/v1/user/me/addresses/", address),
                ("/api/v1/user/me/identities/", identity),
                (
                    "/api/v1/user/me/sessions/",
                    text(&sessions["results"][0]["uid"]),
                ),
                ("/api/v1/admin/companies/", company.clone()),
                ("/api/v1/admin/inquiries/", inquiry.clone()),
                ("/api/v1/admin/users/", owner.uid.clone()),
                ("/api/v1/api-keys/", key),
                ("/api/v1/companies/", company),
                ("/api/v1/device-tokens/", device),
                ("/api/v1/messages/", message),
                ("/api/v1/organizations/", uid),
                ("/api/v1/support/inquiries/", inquiry),
            ],
            owner,
            organization,
            invitation,
        }
    }

    /// The path on what is the owner's.
    fn path(&self, path: &str) -> String {
        let named = self.named.iter().find(|(start, _)| path.starts_with(start));
        let (_, uid) = named.unwrap_or_else(|| panic!("say what stands in {path}"));
        let path = path.replace("{uid}", uid);
        let path = path.replace("{invitation}", &self.invitation);
        let path = path.replace("{member}", &self.owner.uid);
        assert!(!path.contains('{'), "say what stands in {path}");
        path
    }

    /// What the owner sees of it all.
    async fn rows(&self, app: &TestApp) -> Vec<Value> {
        let mut rows = Vec::new();
        for list in LISTS {
            let mut list = app.get(list, &self.owner.access).await.expect(200);
            for session in list["results"].as_array_mut().into_iter().flatten() {
                // To look is to use.
                session.as_object_mut().unwrap().remove("last_used_at");
            }
            rows.push(list);
        }
        for below in ["members/", "invitations/"] {
            let uid = self.organization["uid"].as_str().unwrap();
            let path = format!("/api/v1/organizations/{uid}/{below}");
            rows.push(app.get(&path, &self.owner.access).await.expect(200));
        }
        rows
    }
}

/// A user who may have API keys.
async fn manager(app: &TestApp, staff: &str, name: &str) -> Account {
    let user = app.register(name).await;
    let path = format!("/api/v1/admin/users/{}/", user.uid);
    let right = json!({"can_manage_api_environment": true});
    app.patch(&path, staff, right).await.expect(200);
    user
}

async fn key_of(app: &TestApp, user: &Account) -> String {
    let made = app.post("/api/v1/api-keys/", &user.access, json!({"name": "own"}));
    made.await.expect(201)["key"].as_str().unwrap().to_owned()
}

/// A body that would do something, were it taken.
fn body(method: &str, path: &str) -> Value {
    match method {
        "GET" | "DELETE" => Value::Null,
        _ if path.ends_with("/replies/") => json!({"message": "mine now"}),
        _ if path.contains("/members/") => json!({"role": "member"}),
        _ if path.ends_with("/transfer/") => json!({"user": "usr_01jabcdefghjkmnpqrstvwxyz0"}),
        _ if path.ends_with("/invitations/") => json!({"email": "e@example.com", "role": "admin"}),
        _ if path.contains("/organizations/") => json!({"display_name": "mine now"}),
        _ if path.contains("/admin/users/") => json!({"other_id": "mine now"}),
        _ => json!({"name": "mine now"}),
    }
}

#[tokio::test]
async fn z1_objects_are_their_owners_alone() {
    let providers = Providers::start();
    let app = TestApp::start_with(&providers.settings()).await;
    let staff = app.service_key(&["admin"]);
    let without_scope = app.service_key(&["users:read", "introspect", "app"]);
    let owned = Owned::make(&app, &staff).await;
    let eve = manager(&app, &staff, "eve_dealer").await;
    let eves_key = key_of(&app, &eve).await;
    let sue = manager(&app, &staff, "sue_dealer").await;
    let sues_key = key_of(&app, &sue).await;
    let suspend = format!("/api/v1/admin/users/{}/suspend/", sue.uid);
    app.post(&suspend, &staff, Value::Null).await.expect(200);

    let before = owned.rows(&app).await;
    let callers = [
        ("anonymous", "", &[401][..]),
        ("another user", &eve.access, &[403, 404]),
        ("another user's key", &eves_key, &[403, 404]),
        ("a key without the scope", &without_scope, &[403]),
        ("a suspended user", &sue.access, &[401]),
        ("the key of a suspended user", &sues_key, &[401]),
    ];
    let patterns = patterns(&app).await;
    for pattern in &patterns {
        let path = owned.path(pattern);
        let mut answered = 0;
        for method in VERBS {
            for (who, credential, allowed) in callers {
                let body = body(method, pattern);
                let reply = app.send(method, &path, credential, body).await;
                answered += usize::from(reply.status != 405);
                let is_right = allowed.contains(&reply.status) || reply.status == 405;
                assert!(is_right, "{who} {method} {path}: {}", reply.text);
            }
        }
        assert!(answered >= callers.len(), "no verb is for {path}");
        if !pattern.contains("/admin/") {
            // Whether there is such an object is not told either.
            let reply = app.get(&path, &eve.access).await;
            assert!(matches!(reply.status, 404 | 405), "{path}: {}", reply.text);
        }
    }
    assert_eq!(owned.rows(&app).await, before);
    // They are there, and their owner reaches them.
    for pattern in &patterns {
        let reply = app.get(&owned.path(pattern), &owned.owner.access).await;
        let reached = if pattern.contains("/admin/") {
            403
        } else {
            200
        };
        let is_right = reply.status == reached || reply.status == 405;
        assert!(is_right, "{pattern}: {}", reply.text);
    }
}

/// What each member of an organization is let do there.
const OF_MEMBERS: [&str; 3] = [
    "GET /api/v1/organizations/{uid}/",
    "GET /api/v1/organizations/{uid}/members/",
    "GET /api/v1/companies/{uid}/",
];
/// What its admins are, besides.
const OF_ADMINS: [&str; 4] = [
    "GET /api/v1/organizations/{uid}/invitations/",
    "PATCH /api/v1/organizations/{uid}/",
    "POST /api/v1/organizations/{uid}/invitations/",
    "DELETE /api/v1/organizations/{uid}/invitations/{invitation}/",
];

#[tokio::test]
async fn z1_a_role_reaches_no_further_than_it_says() {
    let providers = Providers::start();
    let app = TestApp::start_with(&providers.settings()).await;
    let staff = app.service_key(&["admin"]);
    let owned = Owned::make(&app, &staff).await;
    let (ada, of) = (&owned.owner, &owned.organization);
    let admin = member(&app, ada, of, "adam", "admin").await;
    let plain = member(&app, ada, of, "mary", "member").await;
    let former = member(&app, ada, of, "fred", "admin").await;
    let gone = owned.path("/api/v1/organizations/{uid}/members/");
    app.delete(&format!("{gone}{}/", former.uid), &ada.access)
        .await
        .expect(204);

    let patterns = patterns(&app).await;
    let before = owned.rows(&app).await;
    let of_admins = [&OF_MEMBERS[..], &OF_ADMINS].concat();
    let roles = [
        ("a former admin", &former, &[][..]),
        ("a member", &plain, &OF_MEMBERS),
        ("an admin", &admin, &of_admins),
    ];
    for (who, user, allowed) in roles {
        for pattern in &patterns {
            let path = owned.path(pattern);
            for method in VERBS {
                if allowed.contains(&format!("{method} {pattern}").as_str()) {
                    continue;
                }
                let body = body(method, pattern);
                let reply = app.send(method, &path, &user.access, body).await;
                let is_refused = matches!(reply.status, 403..=405);
                assert!(is_refused, "{who} {method} {path}: {}", reply.text);
            }
        }
        assert_eq!(owned.rows(&app).await, before, "{who}");
    }
    for (who, user, allowed) in roles {
        for operation in allowed {
            let (method, pattern) = operation.split_once(' ').unwrap();
            let (path, body) = (owned.path(pattern), body(method, pattern));
            let reply = app.send(method, &path, &user.access, body).await;
            let is_let = matches!(reply.status, 200..=204);
            assert!(is_let, "{who} {operation}: {}", reply.text);
        }
    }
}
