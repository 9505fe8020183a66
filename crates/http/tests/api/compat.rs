//! The transcripts of the dialects (`tests/compat`), on the memory adapters.

mod access;
mod epixel;
#[path = "../../../../tests/compat/transcript.rs"]
mod transcript;
#[path = "../../../../tests/compat/world.rs"]
mod world;

use serde_json::json;
use vestibule_domain::api_keys::Scope;
use vestibule_domain::outbox::Mail;

use crate::identities::linked;
use crate::site::{As, PUBLIC_URL, TestSite};
use transcript::{Request, Response, Service, Variables, play};
use world::{Letters, colleagues, sign_up};

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

impl Letters for TestSite {
    async fn token(&self, to: &str) -> String {
        self.test.app.outbox.deliver_due().await.expect("delivery");
        let letters = self.test.mailbox.take();
        let mut tokens = letters.into_iter().filter_map(|(_, letter)| match letter {
            Mail::Invitation {
                to: whom, token, ..
            } if whom == to => Some(token),
            _ => None,
        });
        tokens.next_back().expect("an invitation")
    }
}

/// Users in organizations, and service keys `${reader}`, `${writer}` and
/// `${staff}`.
async fn world_of_organizations(site: &TestSite) -> Variables {
    let mut variables = Variables::new();
    colleagues(site, &mut variables).await;
    for (name, scope) in [
        ("reader", Scope::UsersRead),
        ("writer", Scope::UsersWrite),
        ("staff", Scope::Admin),
    ] {
        let As::Key(key) = site.key(scope).await else {
            panic!("a key");
        };
        variables.insert(name.to_owned(), key);
    }
    variables
}

#[actix_web::test]
async fn boltonsea() {
    let site = TestSite::open().await;
    let mut variables = world_of_organizations(&site).await;
    play(
        include_str!("../../../../tests/compat/transcripts/boltonsea.txt"),
        &site,
        &mut variables,
    )
    .await;
}

#[actix_web::test]
async fn exante() {
    let site = TestSite::open().await;
    let mut variables = world_of_organizations(&site).await;
    play(
        include_str!("../../../../tests/compat/transcripts/exante.txt"),
        &site,
        &mut variables,
    )
    .await;
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
