//! A6: guesses split by case, e-mail or username, route, 100 in parallel.

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::super::identities::linked::Providers;
use super::{THROTTLED, cookie, is_throttled, login};
use crate::support::{Account, PASSWORD, Reply, TestApp};

/// One of several ways to guess at the password of `vinyl_dealer`.
async fn guess(app: &TestApp, access: &str, number: usize) -> Reply {
    let names = [
        json!({"username": "vinyl_dealer"}),
        json!({"username": "VINYL_Dealer"}),
        json!({"username": " vinyl_dealer "}),
        json!({"email": "vinyl_dealer@example.com"}),
        json!({"email": "Vinyl_Dealer@EXAMPLE.com"}),
        json!({"username": "vinyl_dealer@example.com"}),
        json!({"email": "VINYL_DEALER"}),
    ];
    match number % (names.len() + 2) {
        7 => {
            let change = json!({
                "old_password": "guessed", "new_password1": "NewSecure456", "new_password2": "NewSecure456",
            });
            app.post("/api/auth/password/change/", access, change).await
        }
        8 => {
            let change = json!({
                "current_password": "guessed", "new_password": "NewSecure456", "confirm_password": "NewSecure456",
            });
            app.post("/api/v1/user/password/", access, change).await
        }
        name => {
            let mut body = names[name].clone();
            body["password"] = json!("guessed");
            app.post("/api/auth/login", "", body).await
        }
    }
}

#[tokio::test]
async fn a6_guesses_however_they_are_split_share_one_bucket() {
    let app = TestApp::start_with(THROTTLED).await;
    let user = app.register("vinyl_dealer").await;
    let guesses = (0..100).map(|number| guess(&app, &user.access, number));
    let replies = join_all(guesses).await;
    let (mut evaluated, mut refused) = (0, 0);
    for reply in &replies {
        match reply.status {
            401 => {
                reply.problem(401, "invalid_credentials");
                evaluated += 1;
            }
            400 => {
                reply.problem(400, "invalid");
                evaluated += 1;
            }
            _ => {
                is_throttled(reply, 5, 900);
                refused += 1;
            }
        }
    }
    assert_eq!((evaluated, refused), (5, 95));
    // The right password is not looked at either.
    is_throttled(&login(&app, "vinyl_dealer", "").await, 5, 900);
    // Neither is another account held up, nor what is signed in already.
    app.register("bob_dealer").await;
    login(&app, "bob_dealer", "").await.expect(200);
    app.get("/api/v1/user/me/", &user.access).await.expect(200);
}

/// Every other call that takes the current password: its method and path, the
/// field that the password goes in (the export takes a header), and what else its
/// body has. `{key}` and `{identity}` are the user's.
fn step_ups() -> [(&'static str, &'static str, &'static str, Value); 13] {
    let change = json!({"email": "new@example.com"});
    let profile = json!({"country_id": "GB", "email": "new@example.com", "first_name": "Ada"});
    let new_password = json!({"new_password": "NewSecure456", "confirm_password": "NewSecure456"});
    let dj = json!({"new_password1": "NewSecure456", "new_password2": "NewSecure456"});
    let current = "current_password";
    [
        ("POST", "/api/auth/password/change/", "old_password", dj),
        ("POST", "/api/v1/user/password/", current, new_password),
        ("GET", "/api/v1/user/me/export/", "", Value::Null),
        ("DELETE", "/api/v1/user/me/", current, json!({})),
        (
            "POST",
            "/api/v1/user/me/email-change/",
            current,
            change.clone(),
        ),
        (
            "POST",
            "/api/v1/api-keys/",
            current,
            json!({"name": "more"}),
        ),
        ("POST", "/api/v1/api-keys/{key}/rotate/", current, json!({})),
        (
            "DELETE",
            "/api/v1/user/me/identities/{identity}/",
            current,
            json!({}),
        ),
        (
            "PATCH",
            "/api/v1/admin/users/{uid}/",
            current,
            json!({"is_admin": true}),
        ),
        (
            "POST",
            "/api/user/change-email/request",
            "currentPassword",
            change,
        ),
        ("POST", "/api/user/delete", "currentPassword", json!({})),
        (
            "DELETE",
            "/api/user/identities?id={identity}",
            "currentPassword",
            json!({}),
        ),
        ("PUT", "/users", current, profile),
    ]
}

/// A user who may do all that a step-up is asked for, with a cookie, and what
/// stands for the parts of the path.
async fn entitled(
    app: &TestApp,
    providers: &Providers,
    boss: &Account,
    name: &str,
    path: &str,
) -> (Account, String, [(&'static str, String); 3]) {
    let user = app.register(name).await;
    let rights = json!({"can_manage_api_environment": true, "is_admin": true});
    let staff = format!("/api/v1/admin/users/{}/", user.uid);
    app.patch(&staff, &boss.access, rights).await.expect(200);
    let made = app.post("/api/v1/api-keys/", &user.access, json!({"name": "k"}));
    let key = made.await.expect(201)["uid"].as_str().unwrap().to_owned();
    // An account at a provider is one user's.
    let identity = match path {
        "/api/v1/user/me/identities/{identity}/" => providers.link(app, &user, "github").await,
        "/api/user/identities?id={identity}" => providers.link(app, &user, "x").await,
        _ => String::new(),
    };
    let session = cookie(&login(app, name, "").await, "vestibule_session");
    let parts = [
        ("{key}", key),
        ("{identity}", identity),
        ("{uid}", user.uid.clone()),
    ];
    (user, session, parts)
}

#[tokio::test]
async fn a6_a_wrong_password_of_a_step_up_counts_as_one_of_a_login() {
    let providers = Providers::start();
    let settings = providers.settings().into_iter();
    let settings: Vec<_> = settings.chain(THROTTLED.iter().copied()).collect();
    let app = TestApp::start_with(&settings).await;
    let boss = app.admin().await;
    for (number, (method, path, field, body)) in step_ups().into_iter().enumerate() {
        let name = format!("dealer_{number}");
        let (user, session, parts) = entitled(&app, &providers, &boss, &name, path).await;
        let target = parts.iter().fold(path.to_owned(), |path, (part, value)| {
            path.replace(part, value)
        });
        let ask = async |password: &str| {
            let mut request = app.request(method, &target);
            request = if path.starts_with("/api/user/") {
                let origin = request.header("origin", &app.url);
                origin.header("cookie", &session)
            } else {
                request.bearer_auth(&user.access)
            };
            let mut body = body.clone();
            if field.is_empty() {
                request = request.header("x-current-password", password);
            } else {
                body[field] = json!(password);
                request = request.json(&body);
            }
            Reply::read(request.send().await.unwrap()).await
        };
        for _ in 0..5 {
            let wrong = ask("guessed").await;
            assert_eq!(wrong.status, 400, "{method} {path}: {}", wrong.text);
            assert!(
                wrong.text.contains("The current password is incorrect."),
                "{method} {path}: {}",
                wrong.text
            );
        }
        for password in ["guessed", PASSWORD] {
            let refused = ask(password).await;
            assert_eq!(refused.status, 429, "{method} {path}: {}", refused.text);
            let wait: u64 = refused.header("retry-after").parse().unwrap();
            assert!((1..=900).contains(&wait), "{method} {path}: {wait}");
        }
        is_throttled(&login(&app, &name, "").await, 5, 900);
    }
}

#[tokio::test]
async fn a6_guesses_at_a_login_hold_up_step_ups() {
    let app = TestApp::start_with(THROTTLED).await;
    let user = app.register("vinyl_dealer").await;
    for number in 0..5 {
        guess(&app, "", number)
            .await
            .problem(401, "invalid_credentials");
    }
    let body = json!({"email": "new@example.com", "current_password": PASSWORD});
    let path = "/api/v1/user/me/email-change/";
    is_throttled(&app.post(path, &user.access, body).await, 5, 900);
    // A login that is young enough needs none.
    let body = json!({"email": "new@example.com"});
    app.post(path, &user.access, body).await.expect(202);
}

#[tokio::test]
async fn a6_a_restart_keeps_the_lock() {
    let mut app = TestApp::start_with(THROTTLED).await;
    app.register("vinyl_dealer").await;
    for number in 0..5 {
        guess(&app, "", number)
            .await
            .problem(401, "invalid_credentials");
    }
    is_throttled(&guess(&app, "", 0).await, 5, 900);
    app.restart().await;
    is_throttled(&login(&app, "vinyl_dealer", "").await, 5, 900);
    app.kill();
    app.launch().await;
    is_throttled(&login(&app, "vinyl_dealer", "").await, 5, 900);
}

#[tokio::test]
async fn a6_names_that_nobody_has_are_held_up_alike() {
    let app = TestApp::start_with(THROTTLED).await;
    app.register("vinyl_dealer").await;
    for name in [
        "vinyl_dealer",
        "nobody_here",
        "nobody@example.com",
        "no name",
    ] {
        let guess = async |name: &str| {
            let body = json!({"username": name, "password": "guessed"});
            app.post("/api/auth/login/", "", body).await
        };
        for _ in 0..5 {
            guess(name).await.problem(401, "invalid_credentials");
        }
        is_throttled(&guess(name).await, 5, 900);
        is_throttled(&guess(&name.to_uppercase()).await, 5, 900);
    }
}

#[tokio::test]
async fn a6_a_known_device_is_not_locked_out_and_counts_for_itself() {
    let app = TestApp::start_with(THROTTLED).await;
    let user = app.register("vinyl_dealer").await;
    app.register("bob_dealer").await;
    let device = cookie(&login(&app, "vinyl_dealer", "").await, "vestibule_device");
    let of_bob = cookie(&login(&app, "bob_dealer", "").await, "vestibule_device");
    for number in 0..5 {
        guess(&app, "", number)
            .await
            .problem(401, "invalid_credentials");
    }
    for unknown in ["", of_bob.as_str(), "vestibule_device=a.9999999999.b"] {
        is_throttled(&login(&app, "vinyl_dealer", unknown).await, 5, 900);
    }
    // The right password passes from there, and lets nobody else pass.
    let reply = login(&app, "vinyl_dealer", &device).await;
    reply.expect(200);
    let renewed = cookie(&reply, "vestibule_device");
    is_throttled(&login(&app, "vinyl_dealer", "").await, 5, 900);
    // Both accounts of one browser are known to it.
    let both = login(&app, "bob_dealer", &renewed).await;
    both.expect(200);
    let both = cookie(&both, "vestibule_device");
    login(&app, "vinyl_dealer", &both).await.expect(200);
    // Guesses from there count, too.
    for number in 0..6 {
        let body = json!({"username": "vinyl_dealer", "password": "guessed"});
        let request = app
            .request("POST", "/api/auth/login/")
            .header("cookie", &device)
            .json(&body);
        let reply = Reply::read(request.send().await.unwrap()).await;
        if number < 5 {
            reply.problem(401, "invalid_credentials");
        } else {
            is_throttled(&reply, 5, 900);
        }
    }
    // Whoever holds a token without the cookie is held up like anybody.
    let change = json!({
        "current_password": PASSWORD, "new_password": "NewSecure456", "confirm_password": "NewSecure456",
    });
    let reply = app
        .post("/api/v1/user/password/", &user.access, change)
        .await;
    is_throttled(&reply, 5, 900);
}

#[tokio::test]
async fn a6_a_login_frees_the_bucket_and_a_reset_does() {
    let app = TestApp::start_with(THROTTLED).await;
    let user = app.register("vinyl_dealer").await;
    for _ in 0..3 {
        for number in 0..4 {
            guess(&app, "", number)
                .await
                .problem(401, "invalid_credentials");
        }
        login(&app, "vinyl_dealer", "").await.expect(200);
    }
    let device = cookie(&login(&app, "vinyl_dealer", "").await, "vestibule_device");
    for number in 0..5 {
        guess(&app, "", number)
            .await
            .problem(401, "invalid_credentials");
    }
    let ask = json!({"email": user.email});
    app.post("/api/auth/password/reset/", "", ask)
        .await
        .expect(200);
    let token = app.mailed_link(&user.email, "token").await;
    let body = json!({
        "uid": user.uid, "token": token, "new_password1": PASSWORD, "new_password2": PASSWORD,
    });
    app.post("/api/auth/password/reset/confirm/", "", body)
        .await
        .expect(200);
    login(&app, "vinyl_dealer", "").await.expect(200);
    // The device is no longer known: its proof died with the old password.
    for number in 0..5 {
        guess(&app, "", number)
            .await
            .problem(401, "invalid_credentials");
    }
    is_throttled(&login(&app, "vinyl_dealer", &device).await, 5, 900);
}

#[tokio::test]
async fn a6_logins_and_registrations_of_one_address_are_limited() {
    let app = TestApp::start_with(&[
        ("VESTIBULE_RATE_LIMITS__ENABLED", "true"),
        ("VESTIBULE_RATE_LIMITS__REGISTRATIONS_PER_HOUR", "2"),
        ("VESTIBULE_SERVER__TRUSTED_PROXIES", "127.0.0.0/8"),
    ])
    .await;
    let post = async |path: &str, from: &str, body: serde_json::Value| {
        let request = app
            .request("POST", path)
            .header("x-forwarded-for", from)
            .json(&body);
        Reply::read(request.send().await.unwrap()).await
    };
    let register = async |name: &str, from: &str| {
        let body = json!({
            "username": name, "email": format!("{name}@example.com"),
            "password1": PASSWORD, "password2": PASSWORD,
        });
        post("/api/auth/registration/", from, body).await
    };
    register("ada_one", "203.0.113.7").await.expect(201);
    // Taken names count: they are what is told here.
    register("ada_one", "203.0.113.7")
        .await
        .problem(409, "email_taken");
    is_throttled(&register("ada_two", "203.0.113.7").await, 2, 3600);
    is_throttled(
        &register("ada_two", "198.51.100.1, 203.0.113.7").await,
        2,
        3600,
    );
    register("ada_two", "203.0.113.8").await.expect(201);
    // Different names, so that no account's bucket is asked twice.
    for number in 0..30 {
        let from = format!("2001:db8:1:2::{number:x}");
        let body = json!({"username": format!("nobody_{number}"), "password": "guessed"});
        post("/api/auth/login/", &from, body)
            .await
            .problem(401, "invalid_credentials");
    }
    let right = json!({"username": "ada_one", "password": PASSWORD});
    let reply = post("/api/auth/login/", "2001:db8:1:2:ffff::1", right.clone()).await;
    is_throttled(&reply, 30, 60);
    post("/api/auth/login/", "2001:db8:1:3::1", right.clone())
        .await
        .expect(200);
    let sessions = post("/api/auth/login/", "203.0.113.99", right).await;
    let access = sessions.expect(200)["access"].as_str().unwrap().to_owned();
    let list = app
        .get("/api/v1/user/me/sessions/", &access)
        .await
        .expect(200);
    assert_eq!(list["results"][0]["ip"], "203.0.113.99");
}

#[tokio::test]
async fn a6_mails_to_one_address_are_limited() {
    let app = TestApp::start_with(THROTTLED).await;
    let user = app.register("vinyl_dealer").await;
    for path in [
        "/api/auth/password/reset/",
        "/api/auth/registration/resend-email/",
    ] {
        for email in [user.email.as_str(), "nobody@example.com"] {
            for _ in 0..3 {
                app.post(path, "", json!({"email": email}))
                    .await
                    .expect(200);
            }
            let refused = app.post(path, "", json!({"email": email})).await;
            is_throttled(&refused, 3, 3600);
            let shouted = json!({"email": email.to_uppercase()});
            is_throttled(&app.post(path, "", shouted).await, 3, 3600);
        }
    }
}
