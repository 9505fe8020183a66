//! A site on a store of its own, and what a client does with it.

use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;

use actix_web::body::to_bytes;
use actix_web::dev::Service as _;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::test::{self, TestRequest};
use actix_web::web::Bytes;
use serde_json::{Value, json};
use vestibule_domain::api_keys::{CreateKey, KeyName, Scope};
use vestibule_domain::credentials::Register;
use vestibule_domain::kernel::Secret;
use vestibule_domain::users::{EmailAddress, Username};
use vestibule_http::{Api, Compat, HttpConfig, Observer, Proxies, RequestRecord, Site};
use vestibule_testkit::app::TestApp;

use crate::documented;

pub(crate) const PUBLIC_URL: &str = "https://accounts.example.com";
pub(crate) const RETURN_URL: &str = "https://app.example.com/back";
pub(crate) const PASSWORD: &str = "correct horse battery";

type Answering = Pin<Box<dyn Future<Output = Answer>>>;

pub(crate) struct TestSite {
    pub(crate) test: TestApp,
    call: Box<dyn Fn(TestRequest) -> Answering>,
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// How a client proves who it is.
#[derive(Clone, Debug)]
pub(crate) enum As {
    Nobody,
    Token(String),
    Key(String),
}

struct Unobserved;

impl Observer for Unobserved {
    fn answered(&self, _: &RequestRecord<'_>) {}
}

impl TestSite {
    pub(crate) async fn open() -> Self {
        Box::pin(Self::open_with(Compat::default())).await
    }

    /// With these dialects.
    pub(crate) async fn open_with(compat: Compat) -> Self {
        let test = TestApp::default();
        let config = HttpConfig {
            public_url: PUBLIC_URL.to_owned(),
            identity_return_url: RETURN_URL.to_owned(),
            rendered_profiles: 8,
            compat,
            proxies: Proxies::default(),
        };
        let api = Api::new(test.app.clone(), config, Arc::new(|| json!({"keys": []})));
        let site = Site::new(api, Arc::new(Unobserved));
        let service = Rc::new(test::init_service(site.app(|_| {})).await);
        let call = move |request: TestRequest| -> Answering {
            let service = Rc::clone(&service);
            Box::pin(async move {
                let request = request.to_request();
                let (method, path) = (request.method().clone(), request.path().to_owned());
                let response = service.call(request).await.expect("an answer");
                let (status, headers) = (response.status(), response.headers().clone());
                documented::check(method.as_str(), &path, status.as_u16());
                let body = to_bytes(response.into_body()).await.expect("a body");
                Answer {
                    status,
                    headers,
                    body,
                }
            })
        };
        Self {
            test,
            call: Box::new(call),
        }
    }

    /// Sends a request; `headers` are name and value.
    pub(crate) async fn send(
        &self,
        caller: &As,
        method: &str,
        path: &str,
        body: Option<&Value>,
        headers: &[(&str, &str)],
    ) -> Answer {
        let mut request = TestRequest::with_uri(path);
        if let Some(body) = body {
            request = request.set_json(body);
        }
        (self.call)(with_head(request, caller, method, headers)).await
    }

    /// Sends a body that is no JSON.
    pub(crate) async fn send_bytes(
        &self,
        caller: &As,
        method: &str,
        path: &str,
        body: &[u8],
        headers: &[(&str, &str)],
    ) -> Answer {
        let request = TestRequest::with_uri(path).set_payload(body.to_vec());
        (self.call)(with_head(request, caller, method, headers)).await
    }

    pub(crate) async fn get(&self, caller: &As, path: &str) -> Answer {
        self.send(caller, "GET", path, None, &[]).await
    }

    pub(crate) async fn post(&self, caller: &As, path: &str, body: Value) -> Answer {
        self.send(caller, "POST", path, Some(&body), &[]).await
    }

    /// Posts a form.
    pub(crate) async fn form(&self, caller: &As, path: &str, body: String) -> Answer {
        let request = TestRequest::post()
            .uri(path)
            .insert_header(("Content-Type", "application/x-www-form-urlencoded"))
            .set_payload(body);
        (self.call)(with_credential(request, caller)).await
    }

    pub(crate) async fn patch(&self, caller: &As, path: &str, body: Value) -> Answer {
        self.send(caller, "PATCH", path, Some(&body), &[]).await
    }

    pub(crate) async fn put(&self, caller: &As, path: &str, body: Value) -> Answer {
        self.send(caller, "PUT", path, Some(&body), &[]).await
    }

    pub(crate) async fn delete(&self, caller: &As, path: &str) -> Answer {
        self.send(caller, "DELETE", path, None, &[]).await
    }

    /// Registers a user; answers the user's token and me object.
    pub(crate) async fn user(&self, name: &str) -> (As, Value) {
        let body = json!({
            "username": name,
            "email": format!("{name}@example.com"),
            "password1": PASSWORD,
            "password2": PASSWORD,
        });
        let answer = self
            .post(&As::Nobody, "/api/auth/registration/", body)
            .await;
        signed_in(&answer, StatusCode::CREATED)
    }

    /// Signs a user in; answers the session cookie.
    pub(crate) async fn cookie(&self, name: &str) -> String {
        let body = json!({"username": name, "password": PASSWORD});
        let answer = self.post(&As::Nobody, "/api/auth/login/", body).await;
        answer.json(StatusCode::OK);
        let cookies = answer.headers.get_all("set-cookie");
        let mut cookies = cookies.map(|cookie| cookie.to_str().expect("a text"));
        let session = cookies.find(|cookie| cookie.contains("vestibule_session="));
        let value = session.and_then(|cookie| cookie.split(';').next());
        value.expect("a session cookie").to_owned()
    }

    /// Makes an administrator and signs in.
    pub(crate) async fn admin(&self, name: &str) -> (As, Value) {
        let register = Register::new(
            Username::parse(name).expect("a username"),
            EmailAddress::parse(&format!("{name}@example.com")).expect("an address"),
            Secret::new(PASSWORD),
        );
        let created = self.test.app.credentials.create(register, true, true).await;
        created.expect("an administrator");
        let body = json!({"username": name, "password": PASSWORD});
        let answer = self.post(&As::Nobody, "/api/auth/login/", body).await;
        signed_in(&answer, StatusCode::OK)
    }

    /// Registers a user who may have API keys.
    pub(crate) async fn manager(&self, admin: &As, name: &str) -> (As, Value) {
        let (user, me) = self.user(name).await;
        let uid = me["uid"].as_str().expect("a uid");
        let path = format!("/api/v1/admin/users/{uid}/");
        let right = json!({"can_manage_api_environment": true});
        self.patch(admin, &path, right).await.json(StatusCode::OK);
        (user, me)
    }

    /// Makes a key that acts for this user.
    pub(crate) async fn own_key(&self, user: &As) -> As {
        let body = json!({"name": "own"});
        let answer = self.post(user, "/api/v1/api-keys/", body).await;
        let key = answer.json(StatusCode::CREATED)["key"].clone();
        As::Key(key.as_str().expect("a key").to_owned())
    }

    /// Makes a service key.
    pub(crate) async fn key(&self, scope: Scope) -> As {
        let create = CreateKey {
            name: KeyName::parse("test").expect("a name"),
            scopes: vec![scope],
            expires_at: None,
        };
        let created = self.test.app.api_keys.create_service_key(create).await;
        As::Key(created.expect("a key").secret.expose().to_owned())
    }
}

fn with_credential(request: TestRequest, caller: &As) -> TestRequest {
    match caller {
        As::Nobody => request,
        As::Token(token) => request.insert_header(("Authorization", format!("Bearer {token}"))),
        As::Key(key) => request.insert_header(("X-API-Key", key.as_str())),
    }
}

/// Token and me object of a login or registration.
pub(crate) fn signed_in(answer: &Answer, expected: StatusCode) -> (As, Value) {
    let body = answer.json(expected);
    let token = body["access"].as_str().expect("a token");
    (As::Token(token.to_owned()), body["user"].clone())
}

impl Answer {
    /// The body of an answer with this status.
    pub(crate) fn json(&self, expected: StatusCode) -> Value {
        let text = String::from_utf8_lossy(&self.body);
        assert_eq!(self.status, expected, "{text}");
        serde_json::from_slice(&self.body).expect("JSON")
    }

    /// Status, code and refused fields of a problem document.
    pub(crate) fn problem(&self) -> (u16, String, Vec<(String, String)>) {
        assert_eq!(self.header("content-type"), "application/problem+json");
        let body: Value = serde_json::from_slice(&self.body).expect("JSON");
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let errors = body["errors"].as_array().into_iter().flatten();
        let fields = errors.map(|error| (text(&error["field"]), text(&error["code"])));
        (self.status.as_u16(), text(&body["code"]), fields.collect())
    }

    /// A header, blank when there is none.
    pub(crate) fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.map_or("", |value| value.to_str().expect("a text"))
    }

    /// The body's keys, in the order of the wire.
    pub(crate) fn keys(&self) -> Vec<String> {
        keys_in_order(std::str::from_utf8(&self.body).expect("UTF-8"))
    }
}

/// The request with method, credential and headers, which come last.
fn with_head(
    request: TestRequest,
    caller: &As,
    method: &str,
    headers: &[(&str, &str)],
) -> TestRequest {
    let method = Method::from_bytes(method.as_bytes()).expect("a method");
    let mut request = with_credential(request.method(method), caller);
    for (name, value) in headers {
        let name = HeaderName::from_bytes(name.as_bytes()).expect("a name");
        request = request.insert_header((name, HeaderValue::from_str(value).expect("a value")));
    }
    request
}

/// The keys of the outermost object, in order; a JSON map would sort them.
fn keys_in_order(json: &str) -> Vec<String> {
    let (mut keys, mut depth, mut start, mut in_text) = (Vec::new(), 0, None, false);
    let mut last = "";
    for (index, character) in json.char_indices() {
        match character {
            '"' if in_text => {
                in_text = false;
                last = &json[start.take().unwrap_or(index)..index];
            }
            '"' => {
                in_text = true;
                start = Some(index + 1);
            }
            _ if in_text => {}
            '{' | '[' => depth += 1,
            '}' | ']' => depth -= 1,
            ':' if depth == 1 => keys.push(last.to_owned()),
            _ => {}
        }
    }
    keys
}

/// A problem with refused fields.
pub(crate) fn invalid(fields: &[(&str, &str)]) -> (u16, String, Vec<(String, String)>) {
    let fields = fields
        .iter()
        .map(|(f, c)| ((*f).to_owned(), (*c).to_owned()));
    (400, "invalid".to_owned(), fields.collect())
}

/// A problem without fields.
pub(crate) fn refused(status: u16, code: &str) -> (u16, String, Vec<(String, String)>) {
    (status, code.to_owned(), Vec::new())
}
