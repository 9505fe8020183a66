//! P1: known and unknown addresses and names are told apart by nothing that an
//! answer says. That its time does not tell them apart either is measured by
//! `tests/load/timing.py`, for time is no matter of a test.

use serde_json::json;

use super::{THROTTLED, told};
use crate::support::TestApp;

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
