use reqwest::redirect::Policy;
use reqwest::{Method, Url};
use serde_json::Value;

use crate::support::{Account, Reply, TestApp};

/// Where the service sends browsers back to.
pub(super) const RETURN_URL: &str = "https://app.example.com/back";
const IDENTITIES: &str = "/api/v1/user/me/identities/";

/// A browser: keeps cookies, and follows redirects only when it is told to.
pub(super) struct Browser<'a> {
    app: &'a TestApp,
    client: reqwest::Client,
}

impl<'a> Browser<'a> {
    pub(super) fn of(app: &'a TestApp) -> Self {
        let client = reqwest::Client::builder()
            .cookie_store(true)
            .redirect(Policy::none())
            .build();
        Self {
            app,
            client: client.unwrap(),
        }
    }

    pub(super) async fn send(&self, method: &str, path: &str, bearer: &str, body: Value) -> Reply {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let url = format!("{}{path}", self.app.url);
        let mut request = self.client.request(method, url);
        if !bearer.is_empty() {
            request = request.bearer_auth(bearer);
        }
        if !body.is_null() {
            request = request.json(&body);
        }
        Reply::read(request.send().await.unwrap()).await
    }

    /// Begins to link; answers where to go.
    pub(super) async fn link(&self, user: &Account, provider: &str, body: Value) -> Url {
        let path = format!("{IDENTITIES}{provider}/link/");
        departure(&self.send("POST", &path, &user.access, body).await)
    }

    /// Begins to sign in; answers where to go.
    pub(super) async fn start(&self, provider: &str, body: Value) -> Url {
        let path = format!("/api/auth/identities/{provider}/start/");
        departure(&self.send("POST", &path, "", body).await)
    }

    /// Comes back with this query.
    pub(super) async fn comes_back(&self, provider: &str, query: &[(&str, &str)]) -> Reply {
        let mut url = Url::parse(&self.app.url).unwrap();
        url.set_path(&format!("/api/auth/identities/{provider}/callback"));
        url.query_pairs_mut().extend_pairs(query);
        Reply::read(self.client.get(url).send().await.unwrap()).await
    }

    /// Comes back, and is sent on to the front end with this parameter.
    pub(super) async fn arrives(
        &self,
        provider: &str,
        query: &[(&str, &str)],
        parameter: &str,
    ) -> String {
        arrival(&self.comes_back(provider, query).await, parameter)
    }

    /// Exchanges the code of a sign-in.
    pub(super) async fn exchange(&self, code: &str) -> Reply {
        let body = serde_json::json!({"code": code});
        self.send("POST", "/api/auth/identities/exchange/", "", body)
            .await
    }

    /// The user's identities.
    pub(super) async fn identities(&self, user: &Account) -> Vec<Value> {
        let list = self.app.get(IDENTITIES, &user.access).await.expect(200);
        list["results"].as_array().unwrap().clone()
    }

    pub(super) async fn verify(&self, user: &Account, uid: &str) -> Reply {
        let path = format!("{IDENTITIES}{uid}/verify/");
        self.app.post(&path, &user.access, Value::Null).await
    }

    pub(super) async fn unlink(&self, user: &Account, uid: &str) -> Reply {
        let path = format!("{IDENTITIES}{uid}/");
        self.app.delete(&path, &user.access).await
    }
}

fn departure(reply: &Reply) -> Url {
    let body = reply.expect(200);
    Url::parse(body["authorization_url"].as_str().unwrap()).unwrap()
}

/// The one parameter that the front end gets.
pub(super) fn arrival(reply: &Reply, parameter: &str) -> String {
    assert_eq!(reply.status, 303, "{}", reply.text);
    let location = reply.header("location");
    let value = location.strip_prefix(&format!("{RETURN_URL}?{parameter}="));
    value
        .unwrap_or_else(|| panic!("{parameter} is not in {location}"))
        .to_owned()
}

/// A parameter of an address.
pub(super) fn parameter(url: &Url, name: &str) -> Option<String> {
    let mut pairs = url.query_pairs();
    pairs
        .find(|(found, _)| found == name)
        .map(|(_, value)| value.into_owned())
}
