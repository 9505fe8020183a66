//! The Epixel dialect, where time, mail and limits are in the test's hands.

use std::time::Duration;

use actix_web::http::StatusCode;
use serde_json::{Value, json};
use vestibule_domain::api_keys::Scope;
use vestibule_domain::outbox::Mail;
use vestibule_domain::throttling::Limit;
use vestibule_http::{Compat, Mount};

use super::transcript::{Variables, play};
use super::world::sign_up;
use crate::site::{Answer, As, PASSWORD, TestSite, signed_in};

const CHECKSUM: &str = "/api/v1/user/get/checksum-token/";
const UPDATE: &str = "/api/v1/user/update/profile/";
const IMAGE: &str = "/api/v1/user/profile-image/";

impl TestSite {
    async fn app_key(&self) -> String {
        match self.key(Scope::App).await {
            As::Key(key) => key,
            other => panic!("{other:?} in place of a key"),
        }
    }

    /// Posts JSON with both headers.
    async fn as_app(&self, user: &As, key: &str, path: &str, body: Value) -> Answer {
        self.send(user, "POST", path, Some(&body), &[("apikey", key)])
            .await
    }

    /// The newest code that was mailed.
    async fn mailed_code(&self) -> String {
        let delivered = self.test.app.outbox.deliver_due().await;
        delivered.expect("delivered");
        let letters = self.test.mailbox.take().into_iter().rev();
        let mut codes = letters.filter_map(|(_, mail)| match mail {
            Mail::ConfirmEmailChange { code, .. } => Some(code),
            _ => None,
        });
        codes.next().expect("a code")
    }
}

#[actix_web::test]
async fn transcript() {
    let site = TestSite::open().await;
    let mut variables = Variables::new();
    sign_up(&site, "ada", &mut variables).await;
    variables.insert("app".to_owned(), site.app_key().await);
    let As::Key(reader) = site.key(Scope::UsersRead).await else {
        panic!("a key");
    };
    variables.insert("reader".to_owned(), reader);
    let epixel = include_str!("../../../../../tests/compat/transcripts/epixel.txt");
    play(epixel, &site, &mut variables).await;
    variables.insert("code".to_owned(), site.mailed_code().await);
    let new_address =
        include_str!("../../../../../tests/compat/transcripts/epixel_new_address.txt");
    play(new_address, &site, &mut variables).await;
}

/// The user, signed in anew: access tokens last ten minutes.
async fn again(site: &TestSite, username: &str) -> As {
    let body = json!({"username": username, "password": PASSWORD});
    let answer = site.post(&As::Nobody, "/api/auth/login/", body).await;
    signed_in(&answer, StatusCode::OK).0
}

/// Asks for a change to this address; answers checksum and code.
async fn asked(site: &TestSite, user: &As, key: &str, email: &str) -> (String, String) {
    let answer = site
        .as_app(user, key, CHECKSUM, json!({"email": email}))
        .await;
    let body = answer.json(StatusCode::OK);
    let checksum = body["data"]["token_checksum"].as_str().expect("a checksum");
    (checksum.to_owned(), site.mailed_code().await)
}

fn change(email: &str, checksum: &str, code: &str) -> Value {
    json!({"email": email, "token_checksum_field": checksum, "token_field": code})
}

#[actix_web::test]
async fn a_checksum_is_of_one_change() {
    let site = TestSite::open().await;
    let ((ada, _), (bob, _)) = (site.user("ada").await, site.user("bob").await);
    let key = site.app_key().await;
    let (old, _) = asked(&site, &ada, &key, "new@example.org").await;
    site.test.clock.advance(Duration::from_micros(1));
    let (checksum, code) = asked(&site, &ada, &key, "new@example.org").await;
    assert_ne!(old, checksum, "asked again");
    let (others, others_code) = asked(&site, &bob, &key, "new@example.org").await;
    let refused = json!({
        "status_code": 400, "errors": {"token_field": ["Token is not matching."]}, "data": {},
    });
    for (checksum, code) in [(&old, &code), (&others, &code), (&others, &others_code)] {
        let body = change("new@example.org", checksum, code);
        let answer = site.as_app(&ada, &key, UPDATE, body).await;
        assert_eq!(answer.json(StatusCode::BAD_REQUEST), refused);
    }
    let body = change("new@example.org", &checksum, &code);
    let answer = site.as_app(&ada, &key, UPDATE, body).await;
    answer.json(StatusCode::OK);
    // The address is Ada's by now.
    let body = change("new@example.org", &others, &others_code);
    let answer = site.as_app(&bob, &key, UPDATE, body).await;
    let body = answer.json(StatusCode::CONFLICT);
    assert!(body["errors"]["detail"][0].is_string(), "{body}");
}

#[actix_web::test]
async fn a_code_has_five_tries() {
    let site = TestSite::open().await;
    let (ada, _) = site.user("ada").await;
    let key = site.app_key().await;
    let (checksum, code) = asked(&site, &ada, &key, "new@example.org").await;
    for _ in 0..5 {
        let body = change("new@example.org", "of no change", &code);
        let answer = site.as_app(&ada, &key, UPDATE, body).await;
        answer.json(StatusCode::BAD_REQUEST);
    }
    let body = change("new@example.org", &checksum, &code);
    let answer = site.as_app(&ada, &key, UPDATE, body).await;
    let body = answer.json(StatusCode::BAD_REQUEST);
    assert_eq!(body["errors"]["token_field"][0], "Token is not matching.");
}

#[actix_web::test]
async fn a_recent_login_is_needed_where_the_operator_says_so() {
    let body = || json!({"email": "new@example.org"});
    let site = TestSite::open().await;
    let (ada, _) = site.user("ada").await;
    let key = site.app_key().await;
    site.test.clock.advance(Duration::from_mins(5));
    let answer = site.as_app(&ada, &key, CHECKSUM, body()).await;
    answer.json(StatusCode::OK);

    let compat = Compat {
        epixel: Mount {
            step_up: true,
            ..Mount::default()
        },
        ..Compat::default()
    };
    let site = TestSite::open_with(compat).await;
    let (ada, _) = site.user("ada").await;
    let key = site.app_key().await;
    let answer = site.as_app(&ada, &key, CHECKSUM, body()).await;
    answer.json(StatusCode::OK);
    site.test.clock.advance(Duration::from_mins(5));
    let answer = site.as_app(&ada, &key, CHECKSUM, body()).await;
    let refused = answer.json(StatusCode::FORBIDDEN);
    assert!(refused["errors"]["detail"][0].is_string(), "{refused}");
}

#[actix_web::test]
async fn so_many_pictures_a_day_are_taken_and_what_is_refused_counts_nothing() {
    let compat = Compat {
        epixel_images: Limit::daily(2),
        ..Compat::default()
    };
    let site = TestSite::open_with(compat).await;
    let ((ada, _), _) = (site.user("ada").await, site.user("bob").await);
    let key = site.app_key().await;
    let good = |number: u32| json!({"image": format!("image {number}"), "cropped_image": "image"});
    for _ in 0..3 {
        let body = json!({"image": "none", "cropped_image": "none"});
        let answer = site.as_app(&ada, &key, IMAGE, body).await;
        answer.json(StatusCode::BAD_REQUEST);
    }
    // What is uploaded by the native API counts nothing, either.
    let (kind, picture) = ("multipart/form-data; boundary=x", "image");
    let native = format!(
        "--x\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\n{picture}\r\n--x--\r\n"
    );
    let headers = [("content-type", kind)];
    let path = "/api/v1/user/me/avatar/";
    let answer = site
        .send_bytes(&ada, "POST", path, native.as_bytes(), &headers)
        .await;
    answer.json(StatusCode::OK);
    for number in 0..2 {
        let ada = again(&site, "ada").await;
        let answer = site.as_app(&ada, &key, IMAGE, good(number)).await;
        answer.json(StatusCode::OK);
        site.test.clock.advance(Duration::from_mins(61));
    }
    let (ada, bob) = (again(&site, "ada").await, again(&site, "bob").await);
    let kept = site.test.media.names();
    let answer = site.as_app(&ada, &key, IMAGE, good(9)).await;
    let text = "Your daily profile update limit exceeded. Expected available in 21 hours 58 minutes and 00 seconds.";
    assert_eq!(
        answer.json(StatusCode::TOO_MANY_REQUESTS),
        json!({"status_code": 429, "errors": {"detail": [text]}, "data": {}})
    );
    assert_eq!(answer.header("retry-after"), "79080");
    assert_eq!(site.test.media.names(), kept, "nothing was stored");
    let answer = site.as_app(&bob, &key, IMAGE, good(0)).await;
    answer.json(StatusCode::OK);
    site.test.clock.advance(Duration::from_mins(1318));
    let ada = again(&site, "ada").await;
    let answer = site.as_app(&ada, &key, IMAGE, good(3)).await;
    answer.json(StatusCode::OK);
    let answer = site.as_app(&ada, &key, IMAGE, good(4)).await;
    answer.json(StatusCode::TOO_MANY_REQUESTS);
}

#[actix_web::test]
async fn bodies_that_are_too_large_are_refused_in_its_shape() {
    let site = TestSite::open().await;
    let (ada, _) = site.user("ada").await;
    let key = site.app_key().await;
    for (path, bytes) in [(UPDATE, 300 * 1024), (IMAGE, 6 * 1024 * 1024)] {
        let kind = "multipart/form-data; boundary=x";
        let headers = [("apikey", &*key), ("content-type", kind)];
        let body = vec![b'x'; bytes];
        let answer = site.send_bytes(&ada, "POST", path, &body, &headers).await;
        let refused = answer.json(StatusCode::PAYLOAD_TOO_LARGE);
        assert_eq!(refused["status_code"], 413);
        assert!(refused["errors"]["detail"][0].is_string(), "{refused}");
    }
}
