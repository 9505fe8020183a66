//! The compatibility dialects, by transcripts of what their documents promise.

mod across;
mod boltonsea;
mod epixel;
mod interlinedlist;
mod transcript;
mod world;

use serde_json::json;

use crate::support::TestApp;
use transcript::{Request, Response, Service, Variables, play};
use world::{Letters, colleagues};

impl Service for TestApp {
    async fn send(&self, request: Request) -> Response {
        let Request {
            method,
            path,
            headers,
            body,
        } = request;
        let mut sent = self.request(&method, &path).body(body);
        for (name, value) in headers {
            sent = sent.header(name, value);
        }
        let answer = sent.send().await.unwrap();
        let headers = answer.headers().iter();
        Response {
            status: answer.status().as_u16(),
            headers: headers
                .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
                .collect(),
            body: answer.text().await.unwrap(),
        }
    }
}

impl Letters for TestApp {
    async fn token(&self, to: &str) -> String {
        self.mailed_link(to, "token").await
    }
}

/// Users in organizations, and service keys `${reader}`, `${writer}` and
/// `${staff}`.
async fn world_of_organizations(app: &TestApp) -> Variables {
    let mut variables = Variables::new();
    colleagues(app, &mut variables).await;
    for (name, scope) in [
        ("reader", "users:read"),
        ("writer", "users:write"),
        ("staff", "admin"),
    ] {
        variables.insert(name.to_owned(), app.service_key(&[scope]));
    }
    variables
}

#[tokio::test]
async fn boltonsea() {
    let app = TestApp::start().await;
    let mut variables = world_of_organizations(&app).await;
    play(
        include_str!("transcripts/boltonsea.txt"),
        &app,
        &mut variables,
    )
    .await;
}

#[tokio::test]
async fn exante() {
    let app = TestApp::start().await;
    let mut variables = world_of_organizations(&app).await;
    play(include_str!("transcripts/exante.txt"), &app, &mut variables).await;
}

/// It has the path, too, on which another dialect is looked for.
const WITHOUT_EXANTE: (&str, &str) = ("VESTIBULE_COMPAT__EXANTE__ENABLED", "false");

#[tokio::test]
async fn dialects_are_moved_or_switched_off_each_by_itself() {
    let moved = TestApp::start_with(&[
        ("VESTIBULE_COMPAT__BOLTONSEA__PREFIX", "/bolton"),
        ("VESTIBULE_COMPAT__EXANTE__PREFIX", "/exa"),
    ])
    .await;
    let user = moved.register("ada").await;
    let access = &user.access;
    let here = moved.get("/bolton/users", access).await.expect(200);
    assert_eq!(here["id"], user.uid);
    let refused = moved.get("/bolton/users/default-account", access).await;
    assert!(refused.expect(405)["error"].is_string());
    assert_eq!(refused.header("allow"), "PUT");
    moved.get("/users", access).await.problem(404, "not_found");
    let here = moved.patch("/exa/api/user", access, json!({})).await;
    assert_eq!(here.expect(200)["data"]["user"]["id"], user.uid);
    let there = moved.patch("/api/user", access, json!({})).await;
    assert!(there.expect(405)["error"].is_string());
    assert_eq!(there.header("allow"), "GET, HEAD");

    let off = TestApp::start_with(&[
        WITHOUT_EXANTE,
        ("VESTIBULE_COMPAT__BOLTONSEA__ENABLED", "false"),
    ])
    .await;
    let user = off.register("ada").await;
    off.get("/users", &user.access)
        .await
        .problem(404, "not_found");
    off.get("/api/user", &user.access).await.expect(200);
    for name in ["boltonsea", "exante"] {
        let path = format!("/api/openapi/{name}.json");
        moved.get(&path, "").await.expect(200);
        off.get(&path, "").await.problem(404, "not_found");
    }
}

#[tokio::test]
async fn a_dialect_is_moved_or_switched_off() {
    let moved = TestApp::start_with(&[
        WITHOUT_EXANTE,
        ("VESTIBULE_COMPAT__INTERLINEDLIST__PREFIX", "/compat"),
    ])
    .await;
    let user = moved.register("ada").await;
    let here = moved
        .get("/compat/api/user", &user.access)
        .await
        .expect(200);
    assert_eq!(here["id"], user.uid);
    moved
        .get("/api/user", &user.access)
        .await
        .problem(404, "not_found");
    let off = TestApp::start_with(&[
        WITHOUT_EXANTE,
        ("VESTIBULE_COMPAT__INTERLINEDLIST__ENABLED", "false"),
    ])
    .await;
    let user = off.register("ada").await;
    off.get("/api/user", &user.access)
        .await
        .problem(404, "not_found");
    off.get("/api/openapi/interlinedlist.json", "")
        .await
        .problem(404, "not_found");
}
