//! Registration, verification, login, tokens.

use serde_json::{Value, json};

use crate::support::{PASSWORD, TestApp};

fn registration(username: &str, email: &str) -> Value {
    json!({"username": username, "email": email, "password1": PASSWORD, "password2": PASSWORD})
}

#[tokio::test]
async fn a_registration_answers_as_a_login_does() {
    let app = TestApp::start().await;
    let body = registration("vinyl_dealer", "Dealer@Example.com");
    let reply = app.post("/api/auth/registration/", "", body).await;
    let answer = reply.expect(201);
    assert_eq!(
        reply.field_order(),
        [
            "access",
            "refresh",
            "access_expiration",
            "refresh_expiration",
            "user"
        ]
    );
    assert!(reply.header("location").ends_with("/api/v1/user/me/"));
    assert_eq!(reply.header("cache-control"), "no-store");
    // A session of the browser is made by a login only.
    let cookies: Vec<_> = reply.headers.get_all("set-cookie").iter().collect();
    assert_eq!(cookies.len(), 1);
    let device = reply.header("set-cookie");
    for part in ["vestibule_device=", "HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(device.contains(part), "{part} in {device}");
    }
    assert_eq!(answer["user"]["email"], "Dealer@example.com");
    let login = json!({"email": "dealer@EXAMPLE.com", "password": PASSWORD});
    let reply = app.post("/api/auth/login/", "", login).await;
    let login = reply.expect(200);
    assert_eq!(
        reply.field_order(),
        [
            "access",
            "refresh",
            "access_expiration",
            "refresh_expiration",
            "user"
        ]
    );
    assert_eq!(login["user"]["uid"], answer["user"]["uid"]);
    let cookie = reply.header("set-cookie");
    for part in ["vestibule_session=", "HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(cookie.contains(part), "{part} in {cookie}");
    }
    assert!(!cookie.contains("Secure"), "{cookie}");
    let me = app
        .get("/api/v1/user/me/", login["access"].as_str().unwrap())
        .await;
    assert_eq!(me.expect(200), login["user"]);
}

#[tokio::test]
async fn a_registration_names_every_bad_field() {
    let app = TestApp::start().await;
    let body = json!({
        "username": "a b", "email": "nobody", "password1": "OldPass123", "password2": "OldPass124",
        "is_admin": true, "email_verified": true,
    });
    app.post("/api/auth/registration/", "", body)
        .await
        .bad_fields(&[
            ("username", "invalid_characters"),
            ("email", "invalid_email"),
            ("password2", "mismatch"),
            ("email_verified", "unknown_field"),
            ("is_admin", "unknown_field"),
        ]);
    let body =
        json!({"username": "abc", "email": "bad", "password1": "short", "password2": "short"});
    app.post("/api/auth/registration/", "", body)
        .await
        .bad_fields(&[("email", "invalid_email"), ("password1", "too_short")]);
    app.post("/api/auth/registration/", "", json!({}))
        .await
        .bad_fields(&[
            ("username", "required"),
            ("email", "required"),
            ("password1", "required"),
            ("password2", "required"),
        ]);
    for (password, code) in [
        ("short1!", "too_short"),
        ("password123", "too_common"),
        ("vinyl_dealer99", "contains_personal_data"),
    ] {
        let mut body = registration("vinyl_dealer", "dealer@example.com");
        body["password1"] = json!(password);
        body["password2"] = json!(password);
        app.post("/api/auth/registration/", "", body)
            .await
            .bad_fields(&[("password1", code)]);
    }
}

#[tokio::test]
async fn taken_names_are_refused_whatever_their_case() {
    let app = TestApp::start().await;
    app.register("vinyl_dealer").await;
    let email = registration("someone_else", "VINYL_dealer@example.COM");
    app.post("/api/auth/registration/", "", email)
        .await
        .problem(409, "email_taken");
    let username = registration("Vinyl_Dealer", "else@example.com");
    app.post("/api/auth/registration/", "", username)
        .await
        .problem(409, "username_taken");
}

#[tokio::test]
async fn parallel_registrations_of_case_variants_make_one_account() {
    let app = TestApp::start().await;
    let attempts = (0..40_u32).map(|bits| {
        let email: String = "dealer"
            .chars()
            .enumerate()
            .map(|(index, letter)| {
                if bits >> index & 1 == 1 {
                    letter.to_ascii_uppercase()
                } else {
                    letter
                }
            })
            .collect();
        let body = registration(&format!("user_{bits}"), &format!("{email}@example.com"));
        app.post("/api/auth/registration/", "", body)
    });
    let statuses: Vec<_> = futures_util::future::join_all(attempts.collect::<Vec<_>>())
        .await
        .into_iter()
        .map(|reply| reply.status)
        .collect();
    assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 1);
    assert_eq!(statuses.iter().filter(|status| **status == 409).count(), 39);
}

#[tokio::test]
async fn failed_logins_look_alike() {
    let app = TestApp::start().await;
    app.register("vinyl_dealer").await;
    let mut texts = Vec::new();
    for body in [
        json!({"username": "vinyl_dealer", "password": "wrong"}),
        json!({"username": "nobody_here", "password": "wrong"}),
        json!({"email": "nobody@example.com", "password": PASSWORD}),
        json!({"username": "not a name", "password": PASSWORD}),
    ] {
        let mut problem = app
            .post("/api/auth/login/", "", body)
            .await
            .problem(401, "invalid_credentials");
        problem["request_id"] = json!("");
        texts.push(problem.to_string());
    }
    texts.dedup();
    assert_eq!(texts.len(), 1, "{texts:?}");
    app.post("/api/auth/login/", "", json!({"password": "x"}))
        .await
        .bad_fields(&[("username", "required")]);
}

#[tokio::test]
async fn a_refresh_token_is_exchanged_for_its_one_successor() {
    let app = TestApp::start().await;
    let user = app.register("vinyl_dealer").await;
    let exchange = || {
        app.post(
            "/api/auth/token/refresh/",
            "",
            json!({"refresh": user.refresh}),
        )
    };
    let reply = exchange().await;
    assert_eq!(
        reply.field_order(),
        [
            "access",
            "refresh",
            "access_expiration",
            "refresh_expiration"
        ]
    );
    let first = reply.expect(200);
    let replayed = exchange().await.expect(200);
    assert_eq!(first["refresh"], replayed["refresh"]);
    assert_ne!(first["refresh"], user.refresh);
    let access = first["access"].as_str().unwrap();
    app.get("/api/v1/user/me/", access).await.expect(200);
    // A refresh token authenticates nobody.
    app.get("/api/v1/user/me/", &user.refresh)
        .await
        .problem(401, "invalid_token");
    app.post(
        "/api/auth/token/refresh/",
        "",
        json!({"refresh": user.access}),
    )
    .await
    .problem(401, "invalid_token");

    let parallel = (0..50).map(|_| {
        app.post(
            "/api/auth/token/refresh/",
            "",
            json!({"refresh": first["refresh"]}),
        )
    });
    let mut successors: Vec<_> = futures_util::future::join_all(parallel.collect::<Vec<_>>())
        .await
        .into_iter()
        .map(|reply| reply.expect(200)["refresh"].to_string())
        .collect();
    successors.dedup();
    assert_eq!(successors.len(), 1);
}

#[tokio::test]
async fn tokens_are_verified() {
    let app = TestApp::start().await;
    let user = app.register("vinyl_dealer").await;
    let verify = |token: &str| app.post("/api/auth/token/verify/", "", json!({"token": token}));
    assert_eq!(verify(&user.access).await.expect(200), json!({}));
    assert_eq!(verify(&user.refresh).await.expect(200), json!({}));
    verify("nonsense").await.problem(401, "invalid_token");
    app.post("/api/auth/logout/", &user.access, Value::Null)
        .await
        .expect(200);
    verify(&user.access).await.problem(401, "invalid_token");
    verify(&user.refresh).await.problem(401, "invalid_token");
}

#[tokio::test]
async fn a_verification_key_dies_when_it_is_mailed_again() {
    let app = TestApp::start().await;
    let user = app.register("vinyl_dealer").await;
    let first = app.mailed(&user.email, 1, "key").await;
    let resend = "/api/auth/registration/resend-email/";
    let known = app.post(resend, "", json!({"email": user.email})).await;
    let unknown = app
        .post(resend, "", json!({"email": "nobody@example.com"}))
        .await;
    assert_eq!(known.expect(200), unknown.expect(200));
    let second = app.mailed(&user.email, 2, "key").await;
    let verify = "/api/auth/registration/verify-email/";
    app.post(verify, "", json!({"key": first}))
        .await
        .problem(400, "invalid_key");
    app.post(verify, "", json!({"key": second}))
        .await
        .expect(200);
}

#[tokio::test]
async fn the_cookie_of_a_login_changes_things_from_this_origin_only() {
    let app = TestApp::start().await;
    app.register("vinyl_dealer").await;
    let body = json!({"username": "vinyl_dealer", "password": PASSWORD});
    let login = app.post("/api/auth/login/", "", body).await;
    let cookie = login
        .header("set-cookie")
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    let send = |method: &str, name: &str, value: &str| {
        let mut request = app
            .request(method, "/api/v1/user/me/")
            .header("cookie", &cookie);
        if method == "PATCH" {
            request = request.json(&json!({"first_name": "Jane"}));
        }
        if !name.is_empty() {
            request = request.header(name, value);
        }
        request.send()
    };
    let public = app.url.as_str();
    for (method, name, value, status) in [
        ("GET", "", "", 200),
        ("GET", "origin", "http://evil.example", 200),
        ("PATCH", "", "", 403),
        ("PATCH", "origin", "http://evil.example", 403),
        ("PATCH", "origin", "null", 403),
        ("PATCH", "sec-fetch-site", "cross-site", 403),
        ("PATCH", "sec-fetch-site", "same-origin", 200),
        ("PATCH", "origin", public, 200),
    ] {
        let reply = send(method, name, value).await.unwrap();
        assert_eq!(reply.status().as_u16(), status, "{method} {name} {value}");
    }
}
