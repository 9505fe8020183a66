//! Changes of the e-mail address, and the phone number.

use serde_json::{Value, json};

use crate::support::letters::{code, link_parameter};
use crate::support::{Account, PASSWORD, TestApp};

const PATH: &str = "/api/v1/user/me/email-change/";
const CONFIRM: &str = "/api/v1/user/me/email-change/confirm/";
const UNDO: &str = "/api/v1/user/me/email-change/undo/";
const SUBJECT: &str = "Confirm your new e-mail address";
const NOTICE: &str = "The e-mail address of your account was changed";

impl TestApp {
    /// Starts a change, and answers its letter: the `count`th one to the address.
    pub(crate) async fn start_change(&self, user: &Account, email: &str, count: usize) -> String {
        self.post(PATH, &user.access, json!({"email": email}))
            .await
            .expect(202);
        self.letters(email, count).await.pop().unwrap()
    }

    async fn login_status(&self, email: &str, password: &str) -> u16 {
        let body = json!({"email": email, "password": password});
        self.post("/api/auth/login/", "", body).await.status
    }
}

#[tokio::test]
async fn the_address_changes_when_the_new_one_is_proved() {
    let app = TestApp::start().await;
    let user = app.register("vinyl_dealer").await;
    app.get(PATH, &user.access).await.problem(404, "not_found");
    let reply = app
        .post(PATH, &user.access, json!({"email": "New@Example.com"}))
        .await;
    let change = reply.expect(202);
    assert_eq!(
        reply.field_order(),
        ["new_email", "created_at", "expires_at"]
    );
    assert_eq!(change["new_email"], "New@example.com");
    let seen = app.get(PATH, &user.access).await;
    assert_eq!(seen.expect(200), change);
    let letter = app.letter_about("New@example.com", SUBJECT).await;
    assert!(letter.contains("/confirm-email-change?token="), "{letter}");
    assert_eq!(app.login_status(&user.email, PASSWORD).await, 200);
    assert_eq!(app.login_status("new@example.com", PASSWORD).await, 401);

    let token = link_parameter(&letter, "token");
    app.post(CONFIRM, "", json!({"token": token}))
        .await
        .expect(200);
    app.post(CONFIRM, "", json!({"token": token}))
        .await
        .problem(400, "invalid_token");
    assert_eq!(app.login_status(&user.email, PASSWORD).await, 401);
    assert_eq!(app.login_status("new@example.com", PASSWORD).await, 200);
    let me = app.get("/api/v1/user/me/", &user.access).await.expect(200);
    assert_eq!(me["email"], "New@example.com");
    assert_eq!(me["email_verified"], true);
    app.get(PATH, &user.access).await.problem(404, "not_found");
    app.letter_about(&user.email, NOTICE).await;
}

#[tokio::test]
async fn a_code_has_five_tries_and_a_new_one_helps() {
    let app = TestApp::start().await;
    let user = app.register("vinyl_dealer").await;
    let letter = app.start_change(&user, "new@example.com", 1).await;
    let right = code(&letter);
    let wrong = if right == "000000" {
        "000001"
    } else {
        "000000"
    };
    app.post(CONFIRM, "", json!({"code": right}))
        .await
        .problem(401, "not_authenticated");
    let tries = (0..50).map(|_| app.post(CONFIRM, &user.access, json!({"code": wrong})));
    let replies = futures_util::future::join_all(tries).await;
    let evaluated = replies
        .iter()
        .filter(|reply| reply.json()["code"] == "invalid")
        .inspect(|reply| reply.bad_fields(&[("code", "incorrect")]))
        .count();
    assert_eq!(evaluated, 5, "of 50 parallel guesses");
    app.post(CONFIRM, &user.access, json!({"code": right}))
        .await
        .problem(400, "invalid_code");
    let letter = app.start_change(&user, "new@example.com", 2).await;
    app.post(CONFIRM, &user.access, json!({"code": code(&letter)}))
        .await
        .expect(200);
}

#[tokio::test]
async fn a_change_is_sent_again_replaced_and_given_up() {
    let app = TestApp::start().await;
    let user = app.register("vinyl_dealer").await;
    let first = app.start_change(&user, "new@example.com", 1).await;
    let second = app.start_change(&user, "new@example.com", 2).await;
    let third = app.start_change(&user, "other@example.com", 1).await;
    for dead in [first, second] {
        let token = link_parameter(&dead, "token");
        app.post(CONFIRM, "", json!({"token": token}))
            .await
            .problem(400, "invalid_token");
    }
    let seen = app.get(PATH, &user.access).await;
    assert_eq!(seen.expect(200)["new_email"], "other@example.com");
    let stale = app
        .request("DELETE", PATH)
        .bearer_auth(&user.access)
        .header("If-Match", "\"0\"");
    assert_eq!(stale.send().await.unwrap().status(), 412);
    app.delete(PATH, &user.access).await.expect(204);
    app.delete(PATH, &user.access)
        .await
        .problem(404, "not_found");
    let token = link_parameter(&third, "token");
    app.post(CONFIRM, "", json!({"token": token}))
        .await
        .problem(400, "invalid_token");
}

#[tokio::test]
async fn a_change_needs_a_step_up_and_a_good_address() {
    let app = TestApp::start().await;
    let user = app.register("vinyl_dealer").await;
    let start = |body: Value| app.post(PATH, &user.access, body);
    start(json!({"email": "nobody", "color": 1}))
        .await
        .bad_fields(&[("email", "invalid_email"), ("color", "unknown_field")]);
    start(json!({"email": "VINYL_dealer@example.com"}))
        .await
        .bad_fields(&[("email", "unchanged")]);
    let wrong = json!({"email": "new@example.com", "current_password": "wrong"});
    start(wrong)
        .await
        .bad_fields(&[("current_password", "incorrect")]);
    let right = json!({"email": "new@example.com", "current_password": PASSWORD});
    start(right).await.expect(202);
}

#[tokio::test]
async fn nothing_tells_whether_the_new_address_is_taken_but_the_mail() {
    let app = TestApp::start().await;
    let user = app.register("vinyl_dealer").await;
    let other = app.register("somebody").await;
    let mut texts = Vec::new();
    for email in [other.email.as_str(), "nobody_yet@example.com"] {
        let reply = app.post(PATH, &user.access, json!({"email": email})).await;
        let mut answer = reply.expect(202);
        for field in ["new_email", "created_at", "expires_at"] {
            assert!(answer[field].take().is_string());
        }
        let mut names: Vec<_> = reply.headers.keys().map(ToString::to_string).collect();
        names.sort();
        texts.push((answer.to_string(), names));
    }
    assert_eq!(texts[0], texts[1]);
    let letter = app.start_change(&user, &other.email, 3).await;
    let token = link_parameter(&letter, "token");
    app.post(CONFIRM, "", json!({"token": token}))
        .await
        .problem(409, "email_taken");
    assert_eq!(app.login_status(&user.email, PASSWORD).await, 200);
    assert_eq!(app.login_status(&other.email, PASSWORD).await, 200);
}

#[tokio::test]
async fn of_two_users_who_race_for_an_address_one_wins() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.register("ada_l").await, app.register("bob_m").await);
    let first = app.start_change(&ada, "wanted@example.com", 1).await;
    let second = app.start_change(&bob, "wanted@example.com", 2).await;
    let confirm = |letter: &str| {
        let token = link_parameter(letter, "token");
        app.post(CONFIRM, "", json!({"token": token}))
    };
    let (first, second) = futures_util::future::join(confirm(&first), confirm(&second)).await;
    let mut statuses = [first.status, second.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409]);
    let loser = if first.status == 409 { first } else { second };
    loser.problem(409, "email_taken");
}

#[tokio::test]
async fn an_undo_restores_the_address_and_locks_everybody_out() {
    let app = TestApp::start().await;
    let user = app.register("vinyl_dealer").await;
    let letter = app.start_change(&user, "new@example.com", 1).await;
    let reset = json!({"email": user.email});
    app.post("/api/auth/password/reset/", "", reset).await;
    let old_reset = app.letter_about(&user.email, "Reset your password").await;
    app.post(CONFIRM, &user.access, json!({"code": code(&letter)}))
        .await
        .expect(200);
    let notice = app.letter_about(&user.email, NOTICE).await;
    let token = link_parameter(&notice, "token");
    // A pending change and a password change do not stop it.
    app.start_change(&user, "third@example.com", 1).await;
    let change = json!({
        "current_password": PASSWORD,
        "new_password": "NewSecure456",
        "confirm_password": "NewSecure456",
    });
    app.post("/api/v1/user/password/", &user.access, change)
        .await
        .expect(200);

    app.post(UNDO, "", json!({"token": token}))
        .await
        .expect(200);
    app.post(UNDO, "", json!({"token": token}))
        .await
        .problem(400, "invalid_token");
    app.get("/api/v1/user/me/", &user.access)
        .await
        .problem(401, "invalid_token");
    for password in [PASSWORD, "NewSecure456"] {
        assert_eq!(app.login_status(&user.email, password).await, 401);
    }
    let confirm = |letter: &str, password: &str| {
        let body = json!({
            "uid": link_parameter(letter, "uid"),
            "token": link_parameter(letter, "token"),
            "new_password1": password,
            "new_password2": password,
        });
        app.post("/api/auth/password/reset/confirm/", "", body)
    };
    confirm(&old_reset, "AttackerWins9")
        .await
        .problem(400, "invalid_token");
    let letter = app
        .letter_about(&user.email, "Choose a password for your account")
        .await;
    confirm(&letter, "Restored789x").await.expect(200);
    let again = app.login_with("vinyl_dealer", "Restored789x").await;
    assert_eq!(again.email, user.email);
    app.get(PATH, &again.access).await.problem(404, "not_found");
    let reply = app.post(UNDO, "", json!({"token": "nonsense"})).await;
    reply.problem(400, "invalid_token");
}

#[tokio::test]
async fn a_retry_of_a_start_is_replayed_and_mails_once() {
    let app = TestApp::start().await;
    let user = app.register("vinyl_dealer").await;
    let mut answers = Vec::new();
    for _ in 0..2 {
        let request = app
            .request("POST", PATH)
            .bearer_auth(&user.access)
            .header("Idempotency-Key", "one")
            .json(&json!({"email": "new@example.com"}));
        let reply = crate::support::Reply::read(request.send().await.unwrap()).await;
        answers.push(reply.expect(202));
    }
    assert_eq!(answers[0], answers[1]);
    app.start_change(&user, "new@example.com", 2).await;
    assert_eq!(app.letters_now("new@example.com").len(), 2);
}

#[tokio::test]
async fn a_phone_number_is_set_and_removed() {
    let app = TestApp::start().await;
    let user = app.register("vinyl_dealer").await;
    let path = "/api/v1/user/me/phone-number/";
    let put = |number: Value| app.send("PUT", path, &user.access, json!({"phone_number": number}));
    let me = put(json!(" +442071838750 ")).await.expect(200);
    assert_eq!(me["phone_number"], "+442071838750");
    for (bad, code) in [
        (json!("020 7183 8750"), "invalid_phone_number"),
        (json!("+4420718387501234"), "invalid_phone_number"),
        (json!("+999123456789"), "invalid_phone_number"),
        (json!("+1555123"), "invalid_phone_number"),
        (json!(5), "invalid_type"),
        (json!(null), "not_nullable"),
    ] {
        put(bad).await.bad_fields(&[("phone_number", code)]);
    }
    // It is read-only in the profile.
    let body = json!({"phone_number": "+15551234567", "first_name": "Ada"});
    let me = app.patch("/api/v1/user/me/", &user.access, body).await;
    assert_eq!(me.expect(200)["phone_number"], "+442071838750");
    let stale = app
        .request("DELETE", path)
        .bearer_auth(&user.access)
        .header("If-Match", "\"0\"");
    assert_eq!(stale.send().await.unwrap().status(), 412);
    app.delete(path, &user.access).await.expect(204);
    let me = app.get("/api/v1/user/me/", &user.access).await.expect(200);
    assert_eq!(me["phone_number"], Value::Null);
}
