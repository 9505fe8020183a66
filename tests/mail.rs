//! Letters by SMTP, to a real server in this process.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::letters::{code, link_parameter};
use crate::support::smtp::{Letter, REFUSED, SmtpServer};
use crate::support::{PASSWORD, TestApp};

async fn service(server: &SmtpServer) -> TestApp {
    let url = format!("smtp://{}", server.address);
    TestApp::start_with(&[("VESTIBULE_MAIL__SMTP_URL", &url)]).await
}

/// A letter with this subject among these, which must be the only one.
#[track_caller]
fn only(letters: &[Letter], to: &str, subject: &str) -> String {
    let wanted = format!("Subject: {subject}");
    let found: Vec<_> = letters
        .iter()
        .filter(|letter| letter.to == [to] && letter.text.lines().any(|line| line == wanted))
        .collect();
    assert_eq!(found.len(), 1, "{subject} to {to}: {letters:#?}");
    found[0].text.clone()
}

/// Waits until this holds.
async fn until(holds: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !holds() {
        assert!(Instant::now() < deadline, "in time");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn each_kind_of_mail_arrives_once() {
    let server = SmtpServer::start().await;
    let app = service(&server).await;
    let user = app.register("vinyl_dealer").await;
    let letters = server.wait_for(1).await;
    let text = only(&letters, &user.email, "Confirm your e-mail address");
    assert_eq!(letters[0].from, "no-reply@localhost");
    let key = link_parameter(&text, "key");
    assert!(text.contains("Content-Type: text/html"), "{text}");
    app.post(
        "/api/auth/registration/verify-email/",
        "",
        json!({"key": key}),
    )
    .await
    .expect(200);

    let change = json!({
        "current_password": PASSWORD,
        "new_password": "NewSecure456",
        "confirm_password": "NewSecure456",
    });
    app.post("/api/v1/user/password/", &user.access, change)
        .await
        .expect(200);
    let letters = server.wait_for(2).await;
    only(&letters, &user.email, "Your password was changed");

    let path = "/api/v1/user/me/email-change/";
    app.post(path, &user.access, json!({"email": "new@example.com"}))
        .await
        .expect(202);
    let letters = server.wait_for(3).await;
    let text = only(
        &letters,
        "new@example.com",
        "Confirm your new e-mail address",
    );
    let body = json!({"code": code(&text)});
    app.post("/api/v1/user/me/email-change/confirm/", &user.access, body)
        .await
        .expect(200);
    let letters = server.wait_for(4).await;
    let subject = "The e-mail address of your account was changed";
    let text = only(&letters, &user.email, subject);

    let body = json!({"token": link_parameter(&text, "token")});
    app.post("/api/v1/user/me/email-change/undo/", "", body)
        .await
        .expect(200);
    let letters = server.wait_for(5).await;
    only(&letters, &user.email, "Choose a password for your account");

    let reset = json!({"email": user.email});
    app.post("/api/auth/password/reset/", "", reset)
        .await
        .expect(200);
    let letters = server.wait_for(6).await;
    only(&letters, &user.email, "Reset your password");
    assert_eq!(letters.len(), 6);
    let files = std::fs::read_dir(app.data_dir().join("mail"));
    assert!(files.is_err(), "no file beside the mail server");
}

#[tokio::test]
async fn each_notice_and_each_invitation_arrives_once() {
    let server = SmtpServer::start().await;
    let app = service(&server).await;
    let user = app.register("vinyl_dealer").await;
    server.wait_for(1).await;
    app.login("vinyl_dealer").await;
    let letters = server.wait_for(2).await;
    only(&letters, &user.email, "New login to your account");

    let right = json!({"can_manage_api_environment": true});
    let path = format!("/api/v1/admin/users/{}/", user.uid);
    let staff = app.service_key(&["admin"]);
    app.patch(&path, &staff, right).await.expect(200);
    let keys = "/api/v1/api-keys/";
    let key = app.post(keys, &user.access, json!({"name": "nightly"}));
    let key = key.await.expect(201)["uid"].as_str().unwrap().to_owned();
    let letters = server.wait_for(3).await;
    let text = only(&letters, &user.email, "A new API key was made");
    assert!(text.contains("nightly"), "{text}");
    let rotate = format!("{keys}{key}/rotate/");
    app.post(&rotate, &user.access, Value::Null)
        .await
        .expect(200);
    let letters = server.wait_for(4).await;
    let again = only(&letters[3..], &user.email, "A new API key was made");
    assert!(again.contains("nightly"), "{again}");

    app.invite(&user, "Wax", "guest@example.com").await;
    let letters = server.wait_for(5).await;
    let text = only(
        &letters,
        "guest@example.com",
        "vinyl_dealer invites you to Wax",
    );
    assert!(!link_parameter(&text, "token").is_empty());

    let proof = json!({"current_password": PASSWORD});
    app.send("DELETE", "/api/v1/user/me/", &user.access, proof)
        .await
        .expect(204);
    let letters = server.wait_for(6).await;
    only(&letters, &user.email, "Your account was deleted");
    assert_eq!(letters.len(), 6);
}

#[tokio::test]
async fn letters_wait_while_the_mail_server_is_down() {
    let mut server = SmtpServer::start().await;
    let app = service(&server).await;
    // A connection of before is dead afterwards.
    app.register("first").await;
    server.wait_for(1).await;
    server.stop().await;
    for name in ["second", "third"] {
        app.register(name).await;
    }
    until(|| app.log().contains("letter not sent")).await;
    server.come_back().await;
    let letters = server.wait_for(3).await;
    for name in ["first", "second", "third"] {
        let to = format!("{name}@example.com");
        only(&letters, &to, "Confirm your e-mail address");
    }
    assert!(!app.log().contains("@example.com"), "no address is logged");
}

#[tokio::test]
async fn a_letter_that_committed_is_sent_though_the_service_was_killed() {
    let mut server = SmtpServer::start().await;
    let mut app = service(&server).await;
    server.stop().await;
    let user = app.register("vinyl_dealer").await;
    app.kill();
    server.come_back().await;
    app.launch().await;
    if let Some(database) = &app.database {
        // Beside other instances a start takes nothing over.
        database.psql("UPDATE outbox SET due_at = 0");
    }
    let letters = server.wait_for(1).await;
    only(&letters, &user.email, "Confirm your e-mail address");
    // Nothing else comes: what was sent is not in the outbox any more.
    app.register("second").await;
    assert_eq!(server.wait_for(2).await.len(), 2);
}

#[tokio::test]
async fn a_refused_recipient_holds_up_nobody_and_is_not_logged() {
    let server = SmtpServer::start().await;
    let app = service(&server).await;
    app.register(REFUSED).await;
    app.register("vinyl_dealer").await;
    let letters = server.wait_for(1).await;
    assert_eq!(letters[0].to, ["vinyl_dealer@example.com"]);
    until(|| server.refusals() >= 2).await;
    assert!(
        app.log().contains("the mail server answered 550"),
        "{}",
        app.log()
    );
    assert!(!app.log().contains(REFUSED), "{}", app.log());
}

#[tokio::test]
async fn letters_go_encrypted_after_a_login() {
    let folder = tempfile::tempdir().unwrap();
    let certificate = folder.path().join("ca.pem");
    let server = SmtpServer::start_secure(&certificate).await;
    let port = server.address.port();
    let url = format!("smtp+starttls://post:sesame@localhost:{port}");
    let settings = [
        ("VESTIBULE_MAIL__SMTP_URL", url.as_str()),
        ("SSL_CERT_FILE", certificate.to_str().unwrap()),
    ];
    let app = TestApp::start_with(&settings).await;
    let user = app.register("vinyl_dealer").await;
    let letters = server.wait_for(1).await;
    only(&letters, &user.email, "Confirm your e-mail address");
    assert!(letters[0].secure);
    assert!(!app.log().contains("sesame"));

    // A server that nobody vouches for gets nothing.
    let stranger = TestApp::start_with(&settings[..1]).await;
    stranger.register("vinyl_dealer").await;
    until(|| stranger.log().contains("letter not sent")).await;
    assert_eq!(server.letters().len(), 1);
}

#[tokio::test]
async fn templates_are_taken_from_a_folder_and_a_broken_one_stops_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let template = folder.path().join("verify_email.txt");
    std::fs::write(&template, "Subject: Willkommen\n\n{{ link }}\n").unwrap();
    let path = folder.path().to_str().unwrap();
    let settings = [("VESTIBULE_MAIL__TEMPLATES_DIR", path)];
    let app = TestApp::start_with(&settings).await;
    let user = app.register("vinyl_dealer").await;
    app.letter_about(&user.email, "Willkommen").await;

    std::fs::write(&template, "Subject: x\n\n{{ lnik }}\n").unwrap();
    let output = app.cli(&["check-config"], "");
    assert!(!output.status.success());
    let error = String::from_utf8(output.stderr).unwrap();
    let place = format!("{}:3: undefined value", template.display());
    assert!(error.contains(&place), "{error}");
    assert_eq!(error.trim().lines().count(), 1, "{error}");
}
