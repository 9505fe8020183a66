//! The transcripts of the dialects (`tests/compat`), on the memory adapters.

#[path = "../../../../tests/compat/transcript.rs"]
mod transcript;
#[path = "../../../../tests/compat/world.rs"]
mod world;

use crate::site::{As, TestSite};
use transcript::{Request, Response, Service, Variables, play};
use world::sign_up;

impl Service for TestSite {
    async fn send(&self, request: Request) -> Response {
        let headers = request.headers.iter();
        let headers: Vec<_> = headers.map(|(name, value)| (&**name, &**value)).collect();
        let Request {
            method, path, body, ..
        } = &request;
        let answer = self
            .send_bytes(&As::Nobody, method, path, body, &headers)
            .await;
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("text");
        let headers = answer.headers.iter();
        Response {
            status: answer.status.as_u16(),
            headers: headers
                .map(|(name, value)| (name.to_string(), text(value.as_bytes())))
                .collect(),
            body: text(&answer.body),
        }
    }
}

#[actix_web::test]
async fn interlinedlist() {
    let site = TestSite::open().await;
    let mut variables = Variables::new();
    sign_up(&site, "ada", &mut variables).await;
    play(
        include_str!("../../../../tests/compat/transcripts/interlinedlist.txt"),
        &site,
        &mut variables,
    )
    .await;
}
