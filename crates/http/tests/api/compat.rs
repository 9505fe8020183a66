//! The transcripts of the dialects (`tests/compat`), on the memory adapters.

mod epixel;
#[path = "../../../../tests/compat/transcript.rs"]
mod transcript;
#[path = "../../../../tests/compat/world.rs"]
mod world;

use serde_json::json;
use vestibule_domain::api_keys::Scope;

use crate::identities::linked;
use crate::site::{As, PUBLIC_URL, TestSite};
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
    for name in ["ada", "bob"] {
        sign_up(&site, name, &mut variables).await;
    }
    let ada = As::Token(variables["ada.access"].clone());
    let github = linked(&site, &ada, "github", "octocat", json!({})).await;
    let instance = json!({"instance": "mastodon.social"});
    let mastodon = linked(&site, &ada, "mastodon", "ada@mastodon.social", instance).await;
    let As::Key(staff) = site.key(Scope::Admin).await else {
        panic!("a key");
    };
    let picture = "https://example.com/your-photo.jpg";
    site.test.pages.put(picture, b"image there");
    for (name, value) in [
        ("origin", PUBLIC_URL),
        ("staff", &staff),
        ("picture", "image.txt"),
        ("picture.url", picture),
        ("github.id", &github),
        ("mastodon.id", &mastodon),
        ("mastodon.name", "ada@mastodon.social"),
        ("mastodon.instance", "mastodon.social"),
    ] {
        variables.insert(name.to_owned(), value.to_owned());
    }
    let transcript = include_str!("../../../../tests/compat/transcripts/interlinedlist.txt");
    play(transcript, &site, &mut variables).await;
}
