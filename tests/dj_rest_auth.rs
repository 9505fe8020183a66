//! A client written for dj-rest-auth 7 (with JWT and the registration add-on)
//! works: its paths, its field names, the fields that it reads. docs/API.md
//! lists where answers differ.

use serde_json::{Value, json};

use crate::support::{Reply, TestApp};

/// What such a client does: it knows no other path and no other name.
struct Client<'a> {
    app: &'a TestApp,
    access: String,
    refresh: String,
}

impl<'a> Client<'a> {
    const fn new(app: &'a TestApp) -> Self {
        Self {
            app,
            access: String::new(),
            refresh: String::new(),
        }
    }

    /// Its paths work with and without the last slash (`re_path(r'login/?$')`).
    async fn post(&self, path: &str, body: Value) -> Reply {
        let path = format!("/api/auth/{path}");
        self.app.post(&path, &self.access, body).await
    }

    /// Keeps what `JWTSerializer` answers.
    fn signed_in(&mut self, answer: &Value) {
        let text = |name: &str| answer[name].as_str().unwrap().to_owned();
        (self.access, self.refresh) = (text("access"), text("refresh"));
        assert_eq!(answer["user"]["username"], "guido");
        assert_eq!(answer["user"]["email"], "guido@example.com");
    }

    async fn login(&mut self, name: &str, value: &str, password: &str) {
        self.access.clear();
        let body = json!({name: value, "password": password});
        let answer = self.post("login/", body).await.expect(200);
        self.signed_in(&answer);
    }

    /// `UserDetailsSerializer`.
    async fn user(&self) -> Value {
        self.app
            .get("/api/auth/user/", &self.access)
            .await
            .expect(200)
    }
}

const FIRST: &str = "first-Pass-123";
const SECOND: &str = "second-Pass-456";
const THIRD: &str = "third-Pass-789";

async fn registered(app: &TestApp) -> Client<'_> {
    let mut client = Client::new(app);
    let body = json!({
        "username": "guido",
        "email": "guido@example.com",
        "password1": FIRST,
        "password2": FIRST,
    });
    let answer = client.post("registration/", body).await.expect(201);
    client.signed_in(&answer);
    client
}

#[tokio::test]
async fn registration_and_proof_of_the_address() {
    let app = TestApp::start().await;
    let client = registered(&app).await;
    let resend = json!({"email": "guido@example.com"});
    let answer = client.post("registration/resend-email/", resend).await;
    assert!(answer.expect(200)["detail"].is_string());
    let key = app.mailed("guido@example.com", 2, "key").await;
    let verify = client.post("registration/verify-email/", json!({"key": key}));
    verify.await.expect(200);
    let me = app.get("/api/v1/user/me/", &client.access).await;
    assert_eq!(me.expect(200)["email_verified"], true);
}

#[tokio::test]
async fn login_by_either_name_tokens_and_logout() {
    let app = TestApp::start().await;
    let mut client = registered(&app).await;
    client.login("email", "guido@example.com", FIRST).await;
    client.login("username", "guido", FIRST).await;
    let verify = json!({"token": client.access});
    client.post("token/verify", verify).await.expect(200);
    let refresh = json!({"refresh": client.refresh});
    let answer = client.post("token/refresh", refresh).await.expect(200);
    for name in ["access", "refresh", "access_expiration"] {
        assert!(answer[name].is_string(), "{name}");
    }
    client.access = answer["access"].as_str().unwrap().to_owned();
    client.refresh = answer["refresh"].as_str().unwrap().to_owned();
    // With its blacklist such a client sends the refresh token along.
    let logout = json!({"refresh": client.refresh});
    let answer = client.post("logout/", logout.clone()).await;
    assert_eq!(answer.expect(200)["detail"], "Successfully logged out.");
    let dead = Client::new(&app).post("token/refresh/", logout).await;
    assert_eq!(dead.status, 401);
    assert_eq!(app.get("/api/auth/user/", &client.access).await.status, 401);
}

#[tokio::test]
async fn user_details_are_read_replaced_and_changed() {
    let app = TestApp::start().await;
    let client = registered(&app).await;
    let user = client.user().await;
    let names: Vec<_> = user.as_object().unwrap().keys().cloned().collect();
    assert_eq!(
        names,
        ["email", "first_name", "last_name", "pk", "username"]
    );
    // It puts back what it got, with a change.
    let mut changed = user.clone();
    changed["first_name"] = json!("Guido");
    changed["last_name"] = json!("van R.");
    let put = app.send("PUT", "/api/auth/user/", &client.access, changed.clone());
    assert_eq!(put.await.expect(200), changed);
    let patch = json!({"last_name": "van Rossum"});
    let patched = app.patch("/api/auth/user/", &client.access, patch).await;
    assert_eq!(patched.expect(200)["last_name"], "van Rossum");
    assert_eq!(client.user().await["first_name"], "Guido");
}

#[tokio::test]
async fn passwords_are_changed_and_reset() {
    let app = TestApp::start().await;
    let mut client = registered(&app).await;
    let change = json!({
        "old_password": FIRST,
        "new_password1": SECOND,
        "new_password2": SECOND,
    });
    let answer = client.post("password/change/", change).await;
    assert!(answer.expect(200)["detail"].is_string());
    client.login("username", "guido", SECOND).await;

    let nobody = Client::new(&app);
    let reset = json!({"email": "guido@example.com"});
    let answer = nobody.post("password/reset/", reset).await;
    assert!(answer.expect(200)["detail"].is_string());
    let letters = app.letters("guido@example.com", 3).await;
    let letter = letters
        .iter()
        .find(|letter| letter.contains("uid="))
        .unwrap();
    let link = letter.lines().find(|line| line.contains("uid=")).unwrap();
    let parameter = |name: &str| {
        let (_, value) = link.split_once(&format!("{name}=")).unwrap();
        value
            .split(['&', '"', '>', ' '])
            .next()
            .unwrap()
            .trim()
            .to_owned()
    };
    let confirm = json!({
        "uid": parameter("uid"),
        "token": parameter("token"),
        "new_password1": THIRD,
        "new_password2": THIRD,
    });
    let answer = nobody.post("password/reset/confirm/", confirm).await;
    assert!(answer.expect(200)["detail"].is_string());
    client.login("email", "guido@example.com", THIRD).await;
    assert_eq!(client.user().await["username"], "guido");
}

#[tokio::test]
async fn what_is_refused_names_the_fields_of_the_client() {
    let app = TestApp::start().await;
    let client = registered(&app).await;
    let body = json!({
        "username": "another",
        "email": "another@example.com",
        "password1": FIRST,
        "password2": SECOND,
    });
    let answer = client.post("registration/", body).await;
    answer.bad_fields(&[("password2", "mismatch")]);
    let change = json!({
        "old_password": SECOND,
        "new_password1": THIRD,
        "new_password2": THIRD,
    });
    let answer = client.post("password/change/", change).await;
    answer.bad_fields(&[("old_password", "incorrect")]);
    let confirm = json!({"uid": "x", "token": "x", "new_password1": THIRD});
    let answer = client.post("password/reset/confirm/", confirm).await;
    answer.bad_fields(&[("new_password2", "required")]);
}
