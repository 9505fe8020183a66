//! The compatibility dialects, by transcripts of what their documents promise.

mod epixel;
mod interlinedlist;
mod transcript;
mod world;

use crate::support::TestApp;
use transcript::{Request, Response, Service};

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

#[tokio::test]
async fn a_dialect_is_moved_or_switched_off() {
    let moved =
        TestApp::start_with(&[("VESTIBULE_COMPAT__INTERLINEDLIST__PREFIX", "/compat")]).await;
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
    let off = TestApp::start_with(&[("VESTIBULE_COMPAT__INTERLINEDLIST__ENABLED", "false")]).await;
    let user = off.register("ada").await;
    off.get("/api/user", &user.access)
        .await
        .problem(404, "not_found");
    off.get("/api/openapi/interlinedlist.json", "")
        .await
        .problem(404, "not_found");
}
