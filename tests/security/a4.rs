//! A4: reset with lists, CRLF and look-alikes for an address, case variants,
//! and the Host of an attacker.

use serde_json::json;

use crate::support::letters::link;
use crate::support::{Reply, TestApp};

const RESET: &str = "/api/auth/password/reset/";

#[tokio::test]
async fn a4_what_is_no_single_address_is_refused_and_mails_nobody() {
    let app = TestApp::start().await;
    app.register("mike").await;
    app.letters("mike@example.com", 1).await;
    for email in [
        json!(["mike@example.com", "eve@example.org"]),
        json!({"mike@example.com": "eve@example.org"}),
        json!("mike@example.com,eve@example.org"),
        json!("mike@example.com;eve@example.org"),
        json!("mike@example.com eve@example.org"),
        json!("mike@example.com\r\nBcc: eve@example.org"),
        json!("mike@example.com\nTo: eve@example.org"),
        json!("Eve <mike@example.com>"),
        json!("\"mike@example.com\"@example.org\r\n"),
        json!("mıke@example.com"),
        json!("mike@example.com\u{0}"),
        json!(""),
        json!(null),
    ] {
        let reply = app.post(RESET, "", json!({"email": email})).await;
        let problem = reply.problem(400, "invalid");
        assert_eq!(problem["errors"][0]["field"], "email", "{email}");
    }
    // A letter that is asked for later comes, and no other has.
    app.post(RESET, "", json!({"email": "mike@example.com"}))
        .await
        .expect(200);
    app.letters("mike@example.com", 2).await;
    let folder = std::fs::read_dir(app.data_dir().join("mail")).unwrap();
    assert_eq!(folder.count(), 2);
}

#[tokio::test]
async fn a4_any_case_mails_the_stored_address_only() {
    let app = TestApp::start().await;
    app.register("mike").await;
    for (count, email) in ["MIKE@example.com", "mike@EXAMPLE.COM", "mIkE@eXaMpLe.com"]
        .into_iter()
        .enumerate()
    {
        app.post(RESET, "", json!({"email": email}))
            .await
            .expect(200);
        let letters = app.letters("mike@example.com", count + 2).await;
        let to = letters[count + 1]
            .lines()
            .find(|line| line.starts_with("To:"));
        assert_eq!(to, Some("To: mike@example.com"));
    }
}

#[tokio::test]
async fn a4_links_keep_the_public_url_whatever_the_host() {
    let public = "https://accounts.example.net";
    let app = TestApp::start_with(&[("VESTIBULE_PUBLIC_URL", public)]).await;
    app.register("mike").await;
    for (count, header) in ["Host", "X-Forwarded-Host", "Forwarded", "X-Original-Host"]
        .into_iter()
        .enumerate()
    {
        let value = if header == "Forwarded" {
            "host=evil.example"
        } else {
            "evil.example"
        };
        let request = app
            .request("POST", RESET)
            .header(header, value)
            .json(&json!({"email": "mike@example.com"}));
        let reply = Reply::read(request.send().await.unwrap()).await;
        reply.expect(200);
        let letters = app.letters("mike@example.com", count + 2).await;
        for letter in letters {
            assert!(!letter.contains("evil"), "{letter}");
            let link = link(&letter).unwrap();
            assert!(link.starts_with("https://accounts.example.net/"), "{link}");
        }
    }
}
