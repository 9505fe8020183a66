//! T5: search a database dump and all logs for every token, key and password
//! issued, as text, hex, base64 and bytes: none.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::super::identities::linked::Providers;
use super::cookie;
use crate::support::{Account, PASSWORD, Reply, TestApp};

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// What a secret may look like at rest: as it is, encoded, and decoded, for
/// tokens are base64 of what is random in them.
fn forms(secret: &str) -> Vec<Vec<u8>> {
    let mut forms = vec![secret.as_bytes().to_vec()];
    let encoded = |bytes: &[u8]| {
        [
            hex(bytes),
            hex(bytes).to_uppercase(),
            STANDARD_NO_PAD.encode(bytes),
            URL_SAFE_NO_PAD.encode(bytes),
        ]
    };
    forms.extend(encoded(secret.as_bytes()).map(String::into_bytes));
    // The parts of an access token, and the random part of a key.
    let parts = secret.split('.').map(|part| {
        let body = part.strip_prefix("vst_").unwrap_or(part);
        body.get(..43)
            .filter(|_| part.starts_with("vst_"))
            .unwrap_or(body)
    });
    for bytes in parts.filter_map(|part| URL_SAFE_NO_PAD.decode(part).ok()) {
        if bytes.len() >= 16 {
            forms.extend(encoded(&bytes).map(String::into_bytes));
            forms.push(bytes);
        }
    }
    forms
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack
        .windows(needle.len())
        .any(|window| window == needle)
}

#[test]
fn t5_every_form_of_a_secret_is_looked_for() {
    let token = URL_SAFE_NO_PAD.encode([7; 32]);
    let forms = forms(&token);
    for wanted in [
        token.clone().into_bytes(),
        vec![7; 32],
        "07".repeat(32).into_bytes(),
        hex(token.as_bytes()).into_bytes(),
        STANDARD_NO_PAD.encode(&token).into_bytes(),
    ] {
        assert!(forms.contains(&wanted));
    }
}

/// Looks for the secrets while the service runs, after it has stopped, and in
/// all that it logged.
fn holds_none_of(app: &mut TestApp, secrets: &[String]) {
    let while_running = app.stored();
    app.stop();
    let log = ("log".to_owned(), app.log().into_bytes());
    let places = while_running.into_iter().chain(app.stored()).chain([log]);
    for (name, bytes) in places {
        for secret in secrets {
            for form in forms(secret) {
                assert!(!contains(&bytes, &form), "{secret} in {name}");
            }
        }
    }
}

/// An API key, the token of an e-mail change, and that of an invitation.
async fn issued_to(app: &TestApp, user: &Account, staff: &str) -> [String; 3] {
    let right = json!({"can_manage_api_environment": true});
    app.patch(&format!("/api/v1/admin/users/{}/", user.uid), staff, right)
        .await
        .expect(200);
    let own_key = app
        .post(
            "/api/v1/api-keys/",
            &user.access,
            json!({"name": "nightly"}),
        )
        .await
        .expect(201);
    let own_key = own_key["key"].as_str().unwrap().to_owned();
    app.get("/api/v1/user/me/", &own_key).await.expect(200);
    let change = json!({"email": "new@example.com"});
    app.post("/api/v1/user/me/email-change/", &user.access, change)
        .await
        .expect(202);
    let change = app.mailed_link("new@example.com", "token").await;
    app.invite(user, "Wax", "guest@example.com").await;
    let invitation = app.mailed_link("guest@example.com", "token").await;
    [own_key, change, invitation]
}

#[tokio::test]
async fn t5_nothing_issued_is_stored_or_logged() {
    let mut app = TestApp::start_with(&[("VESTIBULE_LOG__LEVEL", "trace")]).await;
    let user = app.register("vinyl_dealer").await;
    let body = json!({"username": "vinyl_dealer", "password": PASSWORD});
    let login = app.post("/api/auth/login/", "", body).await;
    let [cookie, device] = ["vestibule_session=", "vestibule_device="].map(|name| {
        let mut cookies = login.headers.get_all("set-cookie").iter();
        let value = cookies.find_map(|cookie| cookie.to_str().unwrap().strip_prefix(name));
        value.unwrap().split(';').next().unwrap().to_owned()
    });
    let login = login.expect(200);
    let refreshed = app
        .post(
            "/api/auth/token/refresh/",
            "",
            json!({"refresh": user.refresh}),
        )
        .await
        .expect(200);
    let verification = app.mailed_link(&user.email, "key").await;
    app.post(
        "/api/auth/password/reset/",
        "",
        json!({"email": user.email}),
    )
    .await
    .expect(200);
    let reset = app.mailed_link(&user.email, "token").await;
    let key = app.service_key(&["admin"]);
    app.get(&format!("/api/v1/admin/users/?email={}", user.email), &key)
        .await
        .expect(200);
    let own = issued_to(&app, &user, &key).await;
    // A wrong password is as secret: it is often that of another service.
    let wrong = "a-wrong-password-of-elsewhere";
    for (path, body) in [
        (
            "/api/auth/login/",
            json!({"username": "vinyl_dealer", "password": wrong}),
        ),
        (
            "/api/v1/user/password/",
            json!({
                "current_password": wrong,
                "new_password": "NewSecure456",
                "confirm_password": "NewSecure456",
            }),
        ),
    ] {
        app.post(path, &user.access, body).await;
    }
    app.request("GET", "/api/v1/user/me/export/")
        .bearer_auth(&user.access)
        .header("X-Current-Password", wrong)
        .send()
        .await
        .unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let secrets = [
        PASSWORD.to_owned(),
        wrong.to_owned(),
        "NewSecure456".to_owned(),
        user.access.clone(),
        user.refresh.clone(),
        text(&login["access"]),
        text(&login["refresh"]),
        text(&refreshed["access"]),
        text(&refreshed["refresh"]),
        cookie,
        verification,
        reset,
        key,
        device,
    ];
    let secrets: Vec<_> = secrets.into_iter().chain(own).collect();
    holds_none_of(&mut app, &secrets);
    assert!(!app.log().contains(&user.email), "{}", app.log());
}

/// Signs in with a linked account; answers all that is secret on the way: the
/// cookie of the browser that left, the one-time code, and the session.
async fn signed_in_by_identity(app: &TestApp, providers: &Providers) -> Vec<String> {
    let start = "/api/auth/identities/github/start/";
    let departure = app.post(start, "", json!({})).await;
    let there = departure.expect(200)["authorization_url"].clone();
    let there = there.as_str().unwrap().parse().unwrap();
    let left_with = cookie(&departure, "vestibule_identity");
    let back = providers.agrees(&there, "code-of-a-sign-in");
    let comes_back = async || {
        let callback = app.request("GET", "/api/auth/identities/github/callback");
        let request = callback.query(&back).header("cookie", &left_with);
        Reply::read(request.send().await.unwrap()).await
    };
    let arrived = comes_back().await;
    assert_eq!(arrived.status, 303, "{}", arrived.text);
    let (_, code) = arrived.header("location").rsplit_once("?code=").unwrap();
    // What is refused is no less secret.
    comes_back().await.problem(400, "invalid_state");
    let body = json!({"code": code});
    let exchanged = app.post("/api/auth/identities/exchange/", "", body).await;
    let session = cookie(&exchanged, "vestibule_session");
    let login = exchanged.expect(200);
    let value = |cookie: &str| cookie.split_once('=').unwrap().1.to_owned();
    let text = |field: &str| login[field].as_str().unwrap().to_owned();
    vec![
        value(&left_with),
        value(&session),
        code.to_owned(),
        text("access"),
        text("refresh"),
    ]
}

#[tokio::test]
async fn t5_nothing_of_identity_providers_is_stored_or_logged() {
    let providers = Providers::start();
    let settings = providers.settings().into_iter();
    let settings: Vec<_> = settings
        .chain([("VESTIBULE_LOG__LEVEL", "trace")])
        .collect();
    let mut app = TestApp::start_with(&settings).await;
    let user = app.register("vinyl_dealer").await;
    let identities = "/api/v1/user/me/identities/";
    let mut linked = Vec::new();
    for provider in ["github", "linkedin", "x", "mastodon"] {
        linked.push(providers.link(&app, &user, provider).await);
    }
    let password = "abcd-efgh-ijkl-mnop";
    let body = json!({"identifier": "ada.bsky.social", "password": password});
    let path = format!("{identities}bluesky/link/");
    let bluesky = app.post(&path, &user.access, body).await.expect(201);
    linked.push(bluesky["uid"].as_str().unwrap().to_owned());
    // Twice, so that what was refreshed is refreshed again.
    for uid in linked.iter().chain(&linked) {
        let path = format!("{identities}{uid}/verify/");
        let verified = app.post(&path, &user.access, Value::Null).await.expect(200);
        assert_eq!(verified["status"], "active");
    }
    let mut secrets = signed_in_by_identity(&app, &providers).await;
    let of_providers = providers.secrets();
    for kind in ["access-", "refresh-", "secret-1", "code-of-a-sign-in"] {
        let is_kind = |secret: &String| secret.starts_with(kind);
        assert!(
            of_providers.iter().any(is_kind),
            "{kind} was never given out"
        );
    }
    secrets.extend(of_providers);
    secrets.extend(["github secret", "linkedin secret", "x secret"].map(str::to_owned));
    secrets.extend([password.to_owned(), PASSWORD.to_owned()]);
    holds_none_of(&mut app, &secrets);
}
