//! P1: known and unknown addresses and names are told apart by nothing that an
//! answer says. That its time does not tell them apart either is measured by
//! `tests/load/timing.py`, for time is no matter of a test.

use serde_json::{Value, json};

use super::super::organizations::create;
use super::{THROTTLED, told};
use crate::support::{Reply, TestApp};

#[tokio::test]
async fn p1_answers_for_known_and_unknown_are_the_same() {
    for settings in [&[][..], THROTTLED] {
        let app = TestApp::start_with(settings).await;
        let user = app.register("vinyl_dealer").await;
        // An account has one bucket, whatever it is named by.
        app.register("named_by_username").await;
        let unknown = "nobody_dealer@example.com";
        for (path, known, unknown) in [
            (
                "/api/auth/login/",
                json!({"username": "named_by_username", "password": "guessed"}),
                json!({"username": "nobody_dealer", "password": "guessed"}),
            ),
            (
                "/api/auth/login/",
                json!({"email": user.email, "password": "guessed"}),
                json!({"email": unknown, "password": "guessed"}),
            ),
            (
                "/api/auth/password/reset/",
                json!({"email": user.email}),
                json!({"email": unknown}),
            ),
            (
                "/api/auth/registration/resend-email/",
                json!({"email": user.email}),
                json!({"email": unknown}),
            ),
        ] {
            // More than the limits admit, so that refusals are compared, too.
            for round in 0..4 {
                let of_known = app.post(path, "", known.clone()).await;
                let of_unknown = app.post(path, "", unknown.clone()).await;
                let (known, unknown) = (told(&of_known), told(&of_unknown));
                let status = known.0;
                assert_eq!(status, unknown.0, "{path}, round {round}");
                if status == 429 {
                    // The wait shrinks from one request to the next.
                    of_known.problem(429, "too_many_requests");
                    of_unknown.problem(429, "too_many_requests");
                } else {
                    assert_eq!(known, unknown, "{path}, round {round}");
                }
            }
        }
    }
}

/// What an answer tells, but for what differs from any answer to the next: the
/// times and the id of what was made, and the address that was sent.
fn told_beside(reply: &Reply, email: &str) -> (u16, String, Vec<(String, String)>) {
    let (status, headers, mut body) = told(reply);
    let own = body
        .get("uid")
        .and_then(Value::as_str)
        .unwrap_or("-")
        .to_owned();
    if let Some(body) = body.as_object_mut() {
        body.remove("created_at");
        body.remove("expires_at");
    }
    let blank = |text: String| text.replace(&own, "UID").replace(email, "EMAIL");
    let mut headers: Vec<_> = headers
        .into_iter()
        .map(|(name, value)| (name, blank(value)))
        .collect();
    // A tag of what differs differs, too.
    for (name, value) in &mut headers {
        if name == "etag" {
            "TAG".clone_into(value);
        }
    }
    (status, blank(body.to_string()), headers)
}

#[tokio::test]
async fn p1_an_invitation_and_a_change_of_the_address_tell_nothing() {
    for settings in [&[][..], THROTTLED] {
        let app = TestApp::start_with(settings).await;
        let owner = app.register("vinyl_dealer").await;
        let known = app.register("famous_dealer").await.email;
        let unknown = "nobody_dealer@example.com";
        let organization = create(&app, &owner, "Acme").await;
        let uid = organization["uid"].as_str().unwrap();
        let invitations = format!("/api/v1/organizations/{uid}/invitations/");
        for path in [&invitations, "/api/v1/user/me/email-change/"] {
            let send = async |email: &str| {
                let mut body = json!({"email": email});
                if path == invitations {
                    body["role"] = json!("member");
                }
                app.post(path, &owner.access, body).await
            };
            // More than the limits admit, so that refusals are compared, too.
            for round in 0..4 {
                let (of_known, of_unknown) = (send(&known).await, send(unknown).await);
                assert_eq!(of_known.status, of_unknown.status, "{path}, round {round}");
                if of_known.status == 429 {
                    // The wait shrinks from one request to the next.
                    assert_eq!((round, settings.is_empty()), (3, false), "{path}");
                    of_known.problem(429, "too_many_requests");
                    of_unknown.problem(429, "too_many_requests");
                } else {
                    assert!(of_known.status < 300, "{}", of_known.text);
                    assert_eq!(
                        told_beside(&of_known, &known),
                        told_beside(&of_unknown, unknown),
                        "{path}, round {round}"
                    );
                }
            }
        }
        // Nor does the list of invitations.
        let list = app.get(&invitations, &owner.access).await.expect(200);
        let results = list["results"].as_array().unwrap();
        let told = results.iter().map(|invitation| {
            let mut invitation = invitation.clone();
            let fields = invitation.as_object_mut().unwrap();
            for own in ["uid", "email", "created_at", "expires_at"] {
                assert!(fields.remove(own).is_some());
            }
            invitation
        });
        let told: Vec<_> = told.collect();
        assert_eq!((told.len(), &told[0]), (2, &told[1]));
    }
}

#[tokio::test]
async fn p1_nobody_gets_a_letter_but_who_has_the_address() {
    let app = TestApp::start().await;
    let user = app.register("vinyl_dealer").await;
    for email in ["nobody_dealer@example.com", user.email.as_str()] {
        for path in [
            "/api/auth/password/reset/",
            "/api/auth/registration/resend-email/",
        ] {
            app.post(path, "", json!({"email": email}))
                .await
                .expect(200);
        }
    }
    // The key of the registration, the token of the reset, a new key.
    assert_eq!(app.letters(&user.email, 3).await.len(), 3);
    assert_eq!(app.letters_now("nobody_dealer@example.com").len(), 0);
    assert_eq!(app.letters_now("@").len(), 3);
    let metrics = app.get("/metrics", "").await.text;
    assert!(
        metrics.contains("vestibule_mails_total{outcome=\"failed\"} 0"),
        "a decoy is not given to the mailer: {metrics}"
    );
}
