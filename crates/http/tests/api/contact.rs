//! Changes of the e-mail address, where time and mail are in the test's hands.

use std::time::Duration;

use actix_web::http::StatusCode;
use serde_json::{Value, json};
use vestibule_domain::outbox::Mail;

use crate::site::{As, PASSWORD, TestSite, invalid, refused};

const PATH: &str = "/api/v1/user/me/email-change/";
const CONFIRM: &str = "/api/v1/user/me/email-change/confirm/";
const UNDO: &str = "/api/v1/user/me/email-change/undo/";

impl TestSite {
    /// The letters that were not taken yet.
    async fn letters(&self) -> Vec<Mail> {
        let delivered = self.test.app.outbox.deliver_due().await;
        delivered.expect("delivered");
        let letters = self.test.mailbox.take();
        letters.into_iter().map(|(_, mail)| mail).collect()
    }

    /// Starts a change; answers token and code.
    async fn changing(&self, user: &As, email: &str) -> (String, String) {
        let body = json!({"email": email, "current_password": PASSWORD});
        let answer = self.post(user, PATH, body).await;
        answer.json(StatusCode::ACCEPTED);
        match self.letters().await.pop() {
            Some(Mail::ConfirmEmailChange {
                to, code, token, ..
            }) => {
                assert_eq!(to, email);
                (token, code)
            }
            other => panic!("{other:?} in place of a confirmation"),
        }
    }
}

#[actix_web::test]
async fn a_change_needs_a_recent_login_or_the_password() {
    let site = TestSite::open().await;
    let (user, _) = site.user("ada").await;
    let body = json!({"email": "new@example.org"});
    let answer = site.post(&user, PATH, body.clone()).await;
    answer.json(StatusCode::ACCEPTED);
    site.test.clock.advance(Duration::from_mins(5));
    let answer = site.post(&user, PATH, body).await;
    assert_eq!(answer.problem(), refused(403, "reauthentication_required"));
    let wrong = json!({"email": "new@example.org", "current_password": "wrong"});
    let answer = site.post(&user, PATH, wrong).await;
    assert_eq!(
        answer.problem(),
        invalid(&[("current_password", "incorrect")])
    );
    site.letters().await;
    site.changing(&user, "new@example.org").await;
}

#[actix_web::test]
async fn a_change_and_its_undoing_end_at_their_time() {
    let site = TestSite::open().await;
    let (user, _) = site.user("ada").await;
    let (late, _) = site.changing(&user, "new@example.org").await;
    site.test.clock.advance(Duration::from_hours(24));
    let answer = site
        .post(&As::Nobody, CONFIRM, json!({"token": late}))
        .await;
    assert_eq!(answer.problem(), refused(400, "invalid_token"));
    let login = json!({"username": "ada", "password": PASSWORD});
    let login = site.post(&As::Nobody, "/api/auth/login/", login).await;
    let access = login.json(StatusCode::OK)["access"].clone();
    let user = As::Token(access.as_str().expect("a token").to_owned());
    let (token, _) = site.changing(&user, "new@example.org").await;
    let answer = site
        .post(&As::Nobody, CONFIRM, json!({"token": token}))
        .await;
    answer.json(StatusCode::OK);
    let Some(Mail::EmailChangeNotice {
        to,
        new_email,
        token,
        ..
    }) = site.letters().await.pop()
    else {
        panic!("no notice");
    };
    assert_eq!(
        (to.as_str(), new_email.as_str()),
        ("ada@example.com", "new@example.org")
    );
    site.test.clock.advance(Duration::from_hours(72));
    let answer = site.post(&As::Nobody, UNDO, json!({"token": token})).await;
    assert_eq!(answer.problem(), refused(400, "invalid_token"));
}

#[actix_web::test]
async fn one_proof_is_asked_for() {
    let site = TestSite::open().await;
    let (user, _) = site.user("ada").await;
    let (token, code) = site.changing(&user, "new@example.org").await;
    for (body, field, problem) in [
        (json!({}), "token", "required"),
        (json!({"token": null, "code": null}), "token", "required"),
        (json!({"token": token, "code": code}), "code", "ambiguous"),
        (json!({"token": [token]}), "token", "invalid_type"),
    ] {
        let answer = site.post(&user, CONFIRM, body).await;
        assert_eq!(answer.problem(), invalid(&[(field, problem)]));
    }
    let key = site.key(vestibule_domain::api_keys::Scope::Admin).await;
    let answer = site.post(&key, CONFIRM, json!({"code": code})).await;
    assert_eq!(answer.problem(), refused(403, "forbidden"));
    let answer = site.post(&user, CONFIRM, json!({"code": code})).await;
    answer.json(StatusCode::OK);
    let me: Value = site
        .get(&user, "/api/v1/user/me/")
        .await
        .json(StatusCode::OK);
    assert_eq!(me["email"], "new@example.org");
}
