//! The InterlinedList dialect.

use image::ImageFormat;
use serde_json::{Value, json};

use super::super::identities::linked::Providers;
use super::super::identities::wire::{self, Wire};
use super::transcript::{Variables, play};
use super::world::sign_up;
use crate::support::letters::code;
use crate::support::pictures::photo;
use crate::support::{Account, PASSWORD, Reply, TestApp};

const PHOTO: &[u8] = include_bytes!("files/photo.png");

#[tokio::test]
async fn interlinedlist() {
    let providers = Providers::start();
    let pictures = Wire::start(|_| wire::Reply::file("image/png", PHOTO.to_vec()));
    let mut settings = providers.settings();
    settings.push(("VESTIBULE_AVATARS__ALLOW_PRIVATE_SOURCES", "true"));
    let app = TestApp::start_with(&settings).await;
    let mut variables = Variables::new();
    for name in ["ada", "bob"] {
        sign_up(&app, name, &mut variables).await;
    }
    let ada = Account {
        uid: variables["ada.uid"].clone(),
        username: "ada".to_owned(),
        email: variables["ada.email"].clone(),
        access: variables["ada.access"].clone(),
        refresh: String::new(),
    };
    let github = providers.link(&app, &ada, "github").await;
    let mastodon = providers.link(&app, &ada, "mastodon").await;
    let instance = providers.instance();
    for (name, value) in [
        ("origin", app.url.as_str()),
        ("staff", &app.service_key(&["admin"])),
        ("picture", "photo.png"),
        ("picture.url", &format!("{}/photo.png", pictures.base)),
        ("github.id", &github),
        ("mastodon.id", &mastodon),
        ("mastodon.name", &format!("trwnh@{instance}")),
        ("mastodon.instance", instance),
    ] {
        variables.insert(name.to_owned(), value.to_owned());
    }
    let transcript = include_str!("transcripts/interlinedlist.txt");
    play(transcript, &app, &mut variables).await;
}

/// A user signed in by cookie, who calls the dialect from its own origin.
struct Session<'a> {
    app: &'a TestApp,
    account: Account,
    cookie: String,
}

impl<'a> Session<'a> {
    async fn of(app: &'a TestApp, name: &str) -> Self {
        let account = app.register(name).await;
        let body = json!({"username": name, "password": PASSWORD});
        let login = app.post_patiently("/api/auth/login/", body).await;
        login.expect(200);
        let cookies = login.headers.get_all("set-cookie").iter();
        let mut cookies = cookies.map(|cookie| cookie.to_str().unwrap());
        let cookie = cookies.find(|cookie| cookie.starts_with("vestibule_session="));
        let cookie = cookie.and_then(|cookie| cookie.split(';').next());
        Self {
            app,
            account,
            cookie: cookie.unwrap().to_owned(),
        }
    }

    async fn call(&self, method: &str, path: &str, body: Value) -> Reply {
        let mut request = self.app.request(method, path);
        request = request
            .header("cookie", &self.cookie)
            .header("origin", &self.app.url);
        if !body.is_null() {
            request = request.json(&body);
        }
        Reply::read(request.send().await.unwrap()).await
    }

    async fn get(&self, path: &str) -> Value {
        self.call("GET", path, Value::Null).await.expect(200)
    }

    async fn natively(&self, method: &str, path: &str, body: Value) -> Reply {
        let access = &self.account.access;
        self.app.send(method, path, access, body).await
    }

    async fn me(&self) -> Value {
        let me = self.natively("GET", "/api/v1/user/me/", Value::Null);
        me.await.expect(200)
    }

    async fn user(&self) -> Value {
        self.get("/api/user").await
    }
}

#[tokio::test]
async fn the_profile_is_one_here_and_natively() {
    let app = TestApp::start().await;
    let ada = Session::of(&app, "ada").await;
    let changes = json!({
        "displayName": "Countess", "bio": "Engines.", "theme": "dark", "maxMessageLength": 77,
        "defaultPubliclyVisible": false, "viewingPreference": "compact",
    });
    ada.call("PATCH", "/api/user/update", changes)
        .await
        .expect(200);
    let me = ada.me().await;
    assert_eq!(me["bio"], "Engines.");
    assert_eq!(me["default_visibility"], "private");
    let preferences = &me["preferences"];
    assert_eq!(preferences["preferred_name"], "Countess");
    assert_eq!(preferences["theme"], "dark");
    assert_eq!(preferences["max_message_length"], 77);
    assert_eq!(preferences["viewing_preference"], "compact");
    for (name, expected) in [
        (json!({"preferences": {"preferred_name": null}}), "ada"),
        (
            json!({"first_name": "Ada", "last_name": "King"}),
            "Ada King",
        ),
        (json!({"preferences": {"preferred_name": "A. K."}}), "A. K."),
    ] {
        let change = ada.natively("PATCH", "/api/v1/user/me/", name);
        change.await.expect(200);
        assert_eq!(ada.user().await["displayName"], expected);
    }
    let staff = app.service_key(&["admin"]);
    let path = format!("/api/v1/admin/users/{}/subscription/", ada.account.uid);
    let status = json!({"customer_status": "subscriber:monthly"});
    app.send("PUT", &path, &staff, status).await.expect(200);
    assert_eq!(ada.user().await["customerStatus"], "subscriber:monthly");
}

#[tokio::test]
async fn the_picture_is_one_here_and_natively() {
    let app = TestApp::start().await;
    let ada = Session::of(&app, "ada").await;
    let picture = photo(300, 200, ImageFormat::Jpeg);
    let mut body = b"--XX\r\nContent-Disposition: form-data; name=\"file\"; \
        filename=\"me.jpg\"\r\nContent-Type: image/jpeg\r\n\r\n"
        .to_vec();
    body.extend_from_slice(&picture);
    body.extend_from_slice(b"\r\n--XX--\r\n");
    let request = app
        .request("POST", "/api/user/avatar/upload")
        .bearer_auth(&ada.account.access)
        .header("content-type", "multipart/form-data; boundary=XX")
        .body(body);
    let uploaded = Reply::read(request.send().await.unwrap()).await.expect(200);
    let url = uploaded["avatarUrl"].as_str().unwrap();
    assert_eq!(uploaded["url"], url);
    assert_eq!(ada.me().await["avatar_url"], url);
    let (status, bytes) = app.picture(url).await;
    assert_eq!(status, 200);
    let format = image::guess_format(&bytes).unwrap();
    assert_eq!(format, ImageFormat::WebP);
    let removed = ada.natively("DELETE", "/api/v1/user/me/avatar/", Value::Null);
    assert_eq!(removed.await.status, 204);
    assert_eq!(ada.user().await["avatarUrl"], Value::Null);
    let other = photo(80, 80, ImageFormat::Png);
    app.upload(&ada.account.access, &[("file", &other)])
        .await
        .expect(200);
    let me = ada.me().await;
    assert_eq!(ada.user().await["avatarUrl"], me["avatar_url"]);
}

#[tokio::test]
async fn organizations_and_messages_are_the_same_here_and_natively() {
    let app = TestApp::start().await;
    let ada = Session::of(&app, "ada").await;
    let made = json!({"name": "Vinyl Dealers"});
    let made = ada.call("POST", "/api/user/organizations", made).await;
    let organization = made.expect(201);
    let path = format!(
        "/api/v1/organizations/{}/",
        organization["id"].as_str().unwrap()
    );
    let seen = ada.natively("GET", &path, Value::Null).await.expect(200);
    assert_eq!(seen["display_name"], "Vinyl Dealers");
    assert_eq!(seen["slug"], organization["slug"]);
    assert_eq!(ada.me().await["organization"]["uid"], organization["id"]);
    let renamed = json!({"display_name": "Record Shop", "slug": "records"});
    ada.natively("PATCH", &path, renamed).await.expect(200);
    let list = ada.get("/api/user/organizations").await;
    assert_eq!(list[0]["name"], "Record Shop");
    assert_eq!(list[0]["slug"], "records");
    ada.natively("DELETE", &path, Value::Null).await.expect(204);
    assert_eq!(ada.get("/api/user/organizations").await, json!([]));

    let mut uids = Vec::new();
    for number in 0..120 {
        let body = json!({"body": format!("Message {number}.")});
        let posted = ada.natively("POST", "/api/v1/messages/", body).await;
        uids.push(posted.expect(201)["uid"].as_str().unwrap().to_owned());
    }
    let mut walked = Vec::new();
    loop {
        let path = format!("/api/user/ada/messages?limit=100&offset={}", walked.len());
        let page = ada.get(&path).await;
        let data = page["data"].as_array().unwrap();
        walked.extend(data.iter().map(|m| m["id"].as_str().unwrap().to_owned()));
        assert_eq!(page["pagination"]["total"], 120);
        if page["pagination"]["hasMore"] == false {
            break;
        }
    }
    uids.reverse();
    assert_eq!(walked, uids);
    let first = format!("/api/v1/messages/{}/", uids[0]);
    ada.natively("DELETE", &first, Value::Null)
        .await
        .expect(204);
    let page = ada.get("/api/user/ada/messages").await;
    assert_eq!(page["pagination"]["total"], 119);
    assert_eq!(page["data"].as_array().unwrap().len(), 50);
    assert_eq!(page["data"][0]["id"], uids[1].as_str());
}

#[tokio::test]
async fn an_address_is_changed_from_here_and_an_account_is_deleted() {
    let app = TestApp::start().await;
    let ada = Session::of(&app, "ada").await;
    let body = json!({"email": "countess@example.com"});
    let path = "/api/user/change-email/request";
    ada.call("POST", path, body).await.expect(200);
    let letters = app.letters("countess@example.com", 1).await;
    let confirm = json!({"code": code(&letters[0])});
    let path = "/api/v1/user/me/email-change/confirm/";
    ada.natively("POST", path, confirm).await.expect(200);
    let user = ada.user().await;
    assert_eq!(user["email"], "countess@example.com");
    assert_eq!(user["emailVerified"], true);

    let deleted = ada.call("POST", "/api/user/delete", Value::Null).await;
    deleted.expect(200);
    assert!(deleted.header("set-cookie").contains("Max-Age=0"));
    let me = ada.natively("GET", "/api/v1/user/me/", Value::Null).await;
    me.problem(401, "invalid_token");
    // The name and the address are free again.
    app.register("ada").await;
}

#[tokio::test]
async fn what_ends_a_session_natively_ends_it_here() {
    let app = TestApp::start().await;
    let ada = Session::of(&app, "ada").await;
    let others = ada.natively(
        "POST",
        "/api/v1/user/me/sessions/revoke-others/",
        Value::Null,
    );
    others.await.expect(200);
    let answer = ada
        .call("GET", "/api/user/organizations", Value::Null)
        .await;
    assert!(answer.expect(401)["error"].is_string());
}

#[tokio::test]
async fn guesses_at_the_password_are_throttled_in_the_dialects_shape() {
    let app = TestApp::start_with(&[
        ("VESTIBULE_RATE_LIMITS__ENABLED", "true"),
        ("VESTIBULE_RATE_LIMITS__FIRST_WAIT_SECONDS", "900"),
    ])
    .await;
    let ada = Session::of(&app, "ada").await;
    let guess = json!({"currentPassword": "a guess"});
    let mut answer = ada.call("POST", "/api/user/delete", guess.clone()).await;
    for _ in 0..5 {
        assert!(answer.expect(400)["error"].is_string());
        answer = ada.call("POST", "/api/user/delete", guess.clone()).await;
    }
    assert!(answer.expect(429)["error"].is_string());
    assert_eq!(answer.header("content-type"), "application/json");
    let wait: u64 = answer.header("retry-after").parse().unwrap();
    assert!((1..=900).contains(&wait), "{wait}");
}
