//! P2: delete an account, search the database file, WAL, media and unsent
//! outbox (delivered `.eml` files aside): nothing of it left, the address
//! usable again.

use std::path::Path;
use std::time::{Duration, Instant};

use image::ImageFormat;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::super::identities::linked::Providers;
use crate::support::pictures::photo;
use crate::support::{Account, PASSWORD, TestApp};

const ME: &str = "/api/v1/user/me/";

/// Everything that the service keeps: the database, and all files but the
/// letters that were delivered and the server's own keys.
fn kept(app: &TestApp) -> Vec<(String, Vec<u8>)> {
    fn walk(folder: &Path, found: &mut Vec<(String, Vec<u8>)>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                walk(&path, found);
            } else if !matches!(path.extension(), Some(kind) if kind == "eml")
                && name != "secrets.json"
                && !name.starts_with("vestibule.db")
            {
                found.push((name, std::fs::read(path).unwrap()));
            }
        }
    }
    let mut found = app.stored();
    walk(&app.data_dir(), &mut found);
    found
}

/// The pictures that are kept.
fn pictures(app: &TestApp) -> Vec<String> {
    let Ok(folder) = std::fs::read_dir(app.data_dir().join("media/avatars")) else {
        return Vec::new();
    };
    let names = folder.map(|entry| entry.unwrap().file_name());
    names
        .map(|name| name.to_string_lossy().into_owned())
        .collect()
}

/// Where the text stands.
fn places(app: &TestApp, text: &str) -> Vec<String> {
    let needle = text.as_bytes();
    let mut places = Vec::new();
    for (name, bytes) in kept(app) {
        if bytes.windows(needle.len()).any(|window| window == needle) {
            places.push(name);
        }
    }
    places
}

/// Fills what belongs to the account in other places: an organization of its
/// own, a key, an identity, a phone number, an address that waits.
async fn fill_around(app: &TestApp, providers: &Providers, user: &Account, staff: &str) {
    let access = &user.access;
    let organization = json!({"display_name": "Organization-p2", "slug": "slug-p2"});
    let made = app
        .post("/api/v1/organizations/", access, organization)
        .await;
    let uid = made.expect(201)["uid"].as_str().unwrap().to_owned();
    let guest = json!({"email": "guest-p2@example.com", "role": "member"});
    app.post(
        &format!("/api/v1/organizations/{uid}/invitations/"),
        access,
        guest,
    )
    .await
    .expect(201);
    let right = json!({"can_manage_api_environment": true});
    app.patch(&format!("/api/v1/admin/users/{}/", user.uid), staff, right)
        .await
        .expect(200);
    app.post("/api/v1/api-keys/", access, json!({"name": "Key-p2"}))
        .await
        .expect(201);
    providers.link(app, user, "x").await;
    let phone = json!({"phone_number": "+442071838750"});
    app.send("PUT", "/api/v1/user/me/phone-number/", access, phone)
        .await
        .expect(200);
    let change = json!({"email": "waiting-p2@example.com"});
    app.post("/api/v1/user/me/email-change/", access, change)
        .await
        .expect(202);
    let picture = photo(400, 300, ImageFormat::Jpeg);
    app.upload(access, &[("file", &picture)]).await.expect(200);
}

/// Fills an account with values that stand nowhere else; answers them.
async fn fill(app: &TestApp, providers: &Providers, user: &Account) -> Vec<String> {
    let access = &user.access;
    let body = json!({
        "first_name": "Wilhelmina-p2",
        "last_name": "Lovelace-p2",
        "bio": "Collects-p2",
        "preferences": {"legal_name": "Augusta-p2", "preferred_name": "Mina-p2", "theme": "theme-p2"},
    });
    app.patch(ME, access, body).await.expect(200);
    let settings = json!({"setting-p2": "value-p2"});
    app.patch("/api/v1/user/me/settings/", access, settings)
        .await
        .expect(200);
    let address = json!({
        "name": "Receiver-p2", "line1": "Street-p2", "city": "City-p2",
        "postal_code": "Code-p2", "country": "GB",
    });
    app.post("/api/v1/user/me/addresses/", access, address)
        .await
        .expect(201);
    let device = json!({"token": "device-token-p2", "platform": "ios", "name": "Phone-p2"});
    app.post("/api/v1/device-tokens/register/", access, device)
        .await
        .expect(201);
    let inquiry = json!({"subject": "Subject-p2", "message": "Question-p2"});
    let inquiry = app.post("/api/v1/support/", access, inquiry).await;
    let inquiry = inquiry.expect(201)["uid"].as_str().unwrap().to_owned();
    let staff = app.service_key(&["admin"]);
    let reply = format!("/api/v1/admin/inquiries/{inquiry}/replies/");
    app.post(&reply, &staff, json!({"message": "Answer-p2"}))
        .await
        .expect(201);
    let admin = format!("/api/v1/admin/users/{}/", user.uid);
    app.patch(&admin, &staff, json!({"other_id": "other-p2"}))
        .await
        .expect(200);
    fill_around(app, providers, user, &staff).await;
    let features = json!({"feature-p2": true});
    app.send("PUT", &format!("{admin}features/"), &staff, features)
        .await
        .expect(200);
    let reset = json!({"email": user.email});
    app.post("/api/auth/password/reset/", "", reset)
        .await
        .expect(200);
    app.letter_about(&user.email, "Reset your password").await;
    [
        "Wilhelmina-p2",
        "Lovelace-p2",
        "Collects-p2",
        "Augusta-p2",
        "Mina-p2",
        "theme-p2",
        "setting-p2",
        "value-p2",
        "Receiver-p2",
        "Street-p2",
        "City-p2",
        "Code-p2",
        "device-token-p2",
        "Phone-p2",
        "Subject-p2",
        "Question-p2",
        "Answer-p2",
        "other-p2",
        "feature-p2",
        "agent-p2",
        "Message-p2",
        "Organization-p2",
        "slug-p2",
        "guest-p2@example.com",
        "Key-p2",
        "XDevelopers",
        "2244994945",
        "+442071838750",
        "waiting-p2@example.com",
    ]
    .map(str::to_owned)
    .into_iter()
    .chain([
        user.username.clone(),
        user.email.clone(),
        user.uid.clone(),
        inquiry,
    ])
    .collect()
}

/// Sends requests, 32 at a time.
async fn send_all(requests: Vec<reqwest::RequestBuilder>, expected: u16) {
    let mut sending = JoinSet::new();
    for request in requests {
        if sending.len() >= 32 {
            sending.join_next().await;
        }
        sending.spawn(async move {
            let deadline = Instant::now() + Duration::from_secs(30);
            loop {
                let answer = request.try_clone().unwrap().send().await.unwrap();
                // A machine that has other work may be too slow for a hash.
                if answer.status() != 503 || Instant::now() > deadline {
                    assert_eq!(answer.status(), expected);
                    return;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        });
    }
    sending.join_all().await;
}

#[tokio::test]
async fn p2_nothing_is_left_of_a_deleted_account() {
    let providers = Providers::start();
    let mut app = TestApp::start_with(&providers.settings()).await;
    let user = app.register("deleted-user-p2").await;
    let other = app.register("other_user").await;
    let values = fill(&app, &providers, &user).await;
    let logins = (0..130).map(|_| {
        let login = app.request("POST", "/api/auth/login/");
        login
            .header("User-Agent", "agent-p2")
            .json(&login_body(&user))
    });
    send_all(logins.collect(), 200).await;
    let messages = (0..2_000).map(|number| {
        let body = json!({"body": format!("Message-p2 {number} {}", "text ".repeat(20))});
        let post = app.request("POST", "/api/v1/messages/");
        post.bearer_auth(&user.access).json(&body)
    });
    send_all(messages.collect(), 201).await;
    for value in &values {
        assert!(!places(&app, value).is_empty(), "{value} was never stored");
    }
    assert_eq!(pictures(&app).len(), 3);

    let mut writes = 0;
    let deleted = {
        let delete = app.delete(ME, &user.access);
        tokio::pin!(delete);
        loop {
            tokio::select! {
                deleted = &mut delete => break deleted,
                () = write(&app, &other, writes) => {}
            }
            writes += 1;
        }
    };
    assert_eq!(deleted.status, 204);
    assert!(writes > 0, "others went on writing meanwhile");

    for restarted in [false, true] {
        for value in &values {
            let left = places(&app, value);
            assert!(left.is_empty(), "{value} is left in {left:?} ({restarted})");
        }
        assert_eq!(pictures(&app), Vec::<String>::new());
        app.get(ME, &user.access)
            .await
            .problem(401, "invalid_token");
        let refused = app.post("/api/auth/login/", "", login_body(&user)).await;
        refused.problem(401, "invalid_credentials");
        app.get(ME, &other.access).await.expect(200);
        if !restarted {
            app.letter_about(&user.email, "Your account was deleted")
                .await;
            app.restart().await;
        }
    }
    let again = app.register(&user.username).await;
    let own = app.get("/api/v1/messages/", &again.access).await;
    assert_eq!(own.expect(200)["count"], 0);
}

fn login_body(user: &Account) -> Value {
    json!({"username": user.username, "password": PASSWORD})
}

async fn write(app: &TestApp, user: &Account, number: u32) {
    let body = json!({"first_name": format!("Name {number}")});
    app.patch(ME, &user.access, body).await.expect(200);
}

#[tokio::test]
async fn p2_a_deletion_that_was_cut_off_is_ended_after_the_start() {
    let mut app = TestApp::start().await;
    let user = app.register("deleted-user-p2").await;
    let messages = (0..3_000).map(|number| {
        let body = json!({"body": format!("Message-p2 {number}")});
        let post = app.request("POST", "/api/v1/messages/");
        post.bearer_auth(&user.access).json(&body)
    });
    send_all(messages.collect(), 201).await;
    // Killed as soon as the account is out of sight, or a little later.
    let delete = app.request("DELETE", ME).bearer_auth(&user.access).send();
    let deleting = tokio::spawn(delete);
    while app.get(ME, &user.access).await.status == 200 {}
    app.kill();
    let _ = deleting.await;
    app.launch().await;
    app.get(ME, &user.access)
        .await
        .problem(401, "invalid_token");
    let deadline = Instant::now() + Duration::from_secs(30);
    while !places(&app, "Message-p2").is_empty() || !places(&app, &user.uid).is_empty() {
        assert!(
            Instant::now() < deadline,
            "it is not erased:\n{}",
            app.log()
        );
        tokio::task::yield_now().await;
    }
    app.register(&user.username).await;
}

#[tokio::test]
async fn p2_letters_that_were_not_sent_go_with_the_account() {
    // Nobody listens there, so that every letter waits.
    let closed = [("VESTIBULE_MAIL__SMTP_URL", "smtp://127.0.0.1:1")];
    let mut app = TestApp::start_with(&closed).await;
    let user = app.register("deleted-user-p2").await;
    let reset = json!({"email": user.email});
    app.post("/api/auth/password/reset/", "", reset)
        .await
        .expect(200);
    let change = json!({"email": "waiting-p2@example.com"});
    app.post("/api/v1/user/me/email-change/", &user.access, change)
        .await
        .expect(202);
    assert!(!places(&app, &user.uid).is_empty());
    app.delete(ME, &user.access).await.expect(204);
    for _ in 0..2 {
        for value in [&user.uid, &user.email, &user.username, "waiting-p2"] {
            let left = places(&app, value);
            assert!(left.is_empty(), "{value} is left in {left:?}");
        }
        app.restart().await;
    }
    app.register(&user.username).await;
}
