use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use oauth2::{PkceCodeChallenge, PkceCodeVerifier};
use reqwest::Url;
use serde_json::{Value, json};

use super::browser::{Browser, RETURN_URL, parameter};
use super::wire::{Reply, Request, Wire};
use crate::support::TestApp;

/// What the providers know.
#[derive(Default)]
pub(super) struct World {
    /// The challenge that each code was asked for with; none is redeemed twice.
    codes: HashMap<String, Option<String>>,
    /// Tokens that count.
    access: Vec<String>,
    refresh: Vec<String>,
    made: u32,
    registrations: u32,
}

impl World {
    fn grant(&mut self, with_refresh: bool) -> Value {
        self.made += 1;
        let access = format!("access-{}", self.made);
        self.access.push(access.clone());
        let mut tokens = json!({"access_token": access, "token_type": "bearer", "scope": "x"});
        if with_refresh {
            let refresh = format!("refresh-{}", self.made);
            self.refresh.push(refresh.clone());
            tokens["refresh_token"] = json!(refresh);
            tokens["expires_in"] = json!(7200);
        }
        tokens
    }

    /// Redeems a code with its verifier.
    fn redeem(&mut self, form: &HashMap<String, String>) -> bool {
        assert_eq!(form["grant_type"], "authorization_code");
        let Some(challenge) = self.codes.remove(&form["code"]) else {
            return false;
        };
        let shown = form.get("code_verifier").map(|verifier| {
            let verifier = PkceCodeVerifier::new(verifier.clone());
            let challenge = PkceCodeChallenge::from_code_verifier_sha256(&verifier);
            challenge.as_str().to_owned()
        });
        shown == challenge
    }

    fn forget(&mut self) {
        self.access.clear();
        self.refresh.clear();
    }
}

pub(super) type Shared = Arc<Mutex<World>>;

/// One server that answers as all of them document.
pub(super) fn providers(world: &Shared) -> Wire {
    let world = Arc::clone(world);
    Wire::start(move |request| {
        let mut world = world.lock().unwrap();
        match (request.method.as_str(), request.path.as_str()) {
            ("POST", "/login/oauth/access_token") => github_token(&mut world, request),
            ("POST", "/oauth/v2/accessToken") => linkedin_token(&mut world, request),
            ("POST", "/2/oauth2/token") => x_token(&mut world, request),
            ("POST", "/api/v1/apps") => mastodon_app(&mut world, request),
            ("POST", "/oauth/token") => mastodon_token(&mut world, request),
            ("POST", "/xrpc/com.atproto.server.createSession") => bluesky(&mut world, request),
            ("POST", "/xrpc/com.atproto.server.refreshSession") => {
                let before = world.refresh.len();
                world.refresh.retain(|token| token != request.bearer());
                if world.refresh.len() == before {
                    let body = json!({"error": "ExpiredToken", "message": "Token has expired"});
                    return Reply::json(400, body);
                }
                bluesky_session(&mut world)
            }
            ("GET", path) => {
                if !world.access.iter().any(|token| token == request.bearer()) {
                    return Reply::json(401, json!({"message": "Bad credentials"}));
                }
                profile(path)
            }
            other => panic!("{other:?}"),
        }
    })
}

fn profile(path: &str) -> Reply {
    Reply::json(
        200,
        match path {
            "/user" => json!({"login": "octocat", "id": 1, "type": "User", "name": "Octo"}),
            "/v2/userinfo" => json!({"sub": "782bbtaQ", "name": "John Doe", "locale": "en-US"}),
            "/2/users/me" => {
                json!({"data": {"id": "2244994945", "name": "X Dev", "username": "XDevelopers"}})
            }
            "/api/v1/accounts/verify_credentials" => {
                json!({"id": "14715", "username": "trwnh", "acct": "trwnh", "source": {}})
            }
            other => panic!("{other}"),
        },
    )
}

/// GitHub answers its errors with 200.
fn github_token(world: &mut World, request: &Request) -> Reply {
    let form = request.form();
    assert_eq!(form["client_secret"], "github secret");
    assert_eq!(request.headers["accept"], "application/json");
    assert!(request.headers.contains_key("user-agent"));
    if world.redeem(&form) {
        Reply::json(200, world.grant(false))
    } else {
        let body = json!({"error": "bad_verification_code", "error_description": "expired"});
        Reply::json(200, body)
    }
}

/// LinkedIn takes no code verifier of a web client, and tells no token type.
fn linkedin_token(world: &mut World, request: &Request) -> Reply {
    let form = request.form();
    assert_eq!(form["client_secret"], "linkedin secret");
    if form.contains_key("code_verifier") {
        return Reply::json(401, json!({"error": "invalid_client"}));
    }
    if !world.redeem(&form) {
        return Reply::json(400, json!({"error": "invalid_request"}));
    }
    let mut tokens = world.grant(false);
    tokens.as_object_mut().unwrap().remove("token_type");
    Reply::json(200, tokens)
}

/// X takes the secret in the header, and rotates refresh tokens.
fn x_token(world: &mut World, request: &Request) -> Reply {
    let form = request.form();
    assert!(request.headers["authorization"].starts_with("Basic "));
    assert!(!form.contains_key("client_secret"));
    let granted = match form["grant_type"].as_str() {
        "refresh_token" => {
            let before = world.refresh.len();
            world
                .refresh
                .retain(|token| *token != form["refresh_token"]);
            world.refresh.len() < before
        }
        _ => world.redeem(&form),
    };
    if granted {
        Reply::json(200, world.grant(true))
    } else {
        let body = json!({"error": "invalid_request", "error_description": "Value passed for the token was invalid."});
        Reply::json(400, body)
    }
}

fn mastodon_app(world: &mut World, request: &Request) -> Reply {
    let form = request.form();
    assert_eq!(form["client_name"], "Vestibule");
    assert_eq!(form["scopes"], "read:accounts");
    world.registrations += 1;
    let (id, uri) = (world.registrations.to_string(), &form["redirect_uris"]);
    Reply::json(
        200,
        json!({
            "id": id, "name": "Vestibule", "redirect_uri": uri,
            "client_id": format!("client-{id}"), "client_secret": format!("secret-{id}"),
        }),
    )
}

fn mastodon_token(world: &mut World, request: &Request) -> Reply {
    let form = request.form();
    assert_eq!(form["client_id"], "client-1");
    assert_eq!(form["client_secret"], "secret-1");
    if world.redeem(&form) {
        Reply::json(200, world.grant(false))
    } else {
        Reply::json(400, json!({"error": "invalid_grant"}))
    }
}

fn bluesky(world: &mut World, request: &Request) -> Reply {
    let login = request.json();
    assert_eq!(login["identifier"], "ada.bsky.social");
    if login["password"] == "abcd-efgh-ijkl-mnop" {
        bluesky_session(world)
    } else {
        let body =
            json!({"error": "AuthenticationRequired", "message": "Invalid identifier or password"});
        Reply::json(401, body)
    }
}

fn bluesky_session(world: &mut World) -> Reply {
    let tokens = world.grant(true);
    Reply::json(
        200,
        json!({
            "did": "did:plc:z72i7hdynmk6r22z27h6tvur", "handle": "ada.bsky.social",
            "accessJwt": tokens["access_token"], "refreshJwt": tokens["refresh_token"],
            "active": true,
        }),
    )
}

/// Switches all of them on, at this server.
pub(super) fn settings(base: &str) -> Vec<(&str, &str)> {
    vec![
        ("VESTIBULE_IDENTITIES__RETURN_URL", RETURN_URL),
        ("VESTIBULE_IDENTITIES__GITHUB__CLIENT_ID", "github id"),
        (
            "VESTIBULE_IDENTITIES__GITHUB__CLIENT_SECRET",
            "github secret",
        ),
        ("VESTIBULE_IDENTITIES__GITHUB__BASE_URL", base),
        ("VESTIBULE_IDENTITIES__GITHUB__API_URL", base),
        ("VESTIBULE_IDENTITIES__LINKEDIN__CLIENT_ID", "linkedin id"),
        (
            "VESTIBULE_IDENTITIES__LINKEDIN__CLIENT_SECRET",
            "linkedin secret",
        ),
        ("VESTIBULE_IDENTITIES__LINKEDIN__BASE_URL", base),
        ("VESTIBULE_IDENTITIES__LINKEDIN__API_URL", base),
        ("VESTIBULE_IDENTITIES__X__CLIENT_ID", "x id"),
        ("VESTIBULE_IDENTITIES__X__CLIENT_SECRET", "x secret"),
        ("VESTIBULE_IDENTITIES__X__BASE_URL", base),
        ("VESTIBULE_IDENTITIES__X__API_URL", base),
        ("VESTIBULE_IDENTITIES__MASTODON__ENABLED", "true"),
        (
            "VESTIBULE_IDENTITIES__MASTODON__ALLOW_PRIVATE_INSTANCES",
            "true",
        ),
        ("VESTIBULE_IDENTITIES__BLUESKY__ENABLED", "true"),
        ("VESTIBULE_IDENTITIES__BLUESKY__BASE_URL", base),
    ]
}

/// The service with all of them on.
async fn service(wire: &Wire) -> TestApp {
    TestApp::start_with(&settings(&wire.base)).await
}

/// The user agrees at the provider: a code for the challenge that they took
/// along. Answers what the browser brings back.
pub(super) fn agrees(world: &Shared, there: &Url, code: &str) -> [(String, String); 2] {
    assert_eq!(parameter(there, "response_type").as_deref(), Some("code"));
    let challenge = parameter(there, "code_challenge");
    if challenge.is_some() {
        let method = parameter(there, "code_challenge_method");
        assert_eq!(method.as_deref(), Some("S256"));
    }
    let mut world = world.lock().unwrap();
    world.codes.insert(code.to_owned(), challenge);
    let state = parameter(there, "state").unwrap();
    [
        ("code".to_owned(), code.to_owned()),
        ("state".to_owned(), state),
    ]
}

pub(super) fn borrowed(pairs: &[(String, String); 2]) -> [(&str, &str); 2] {
    pairs
        .each_ref()
        .map(|(name, value)| (name.as_str(), value.as_str()))
}

/// Links, verifies, signs in, is refused, breaks and unlinks.
async fn goes_all_the_way(provider: &str, path: &str, has_pkce: bool, id: &str, name: &str) {
    let world = Shared::default();
    let wire = providers(&world);
    let app = service(&wire).await;
    let user = app.register("vinyl_dealer").await;
    let browser = Browser::of(&app);
    let body = match provider {
        "mastodon" => json!({"instance": wire.host()}),
        _ => json!({}),
    };
    let there = browser.link(&user, provider, body.clone()).await;
    assert_eq!(there.path(), path);
    assert_eq!(parameter(&there, "code_challenge").is_some(), has_pkce);
    let redirect = parameter(&there, "redirect_uri").unwrap();
    let callback = format!("{}/api/auth/identities/{provider}/callback", app.url);
    assert_eq!(redirect, callback);
    let back = agrees(&world, &there, "code-1");
    let uid = browser.arrives(provider, &borrowed(&back), "linked").await;
    let identities = browser.identities(&user).await;
    assert_eq!(identities.len(), 1);
    assert_eq!(identities[0]["provider"], provider);
    assert_eq!(identities[0]["provider_user_id"], id);
    let name = name.replace("{host}", wire.host());
    assert_eq!(identities[0]["provider_username"], name.as_str());
    let instance = body.get("instance").unwrap_or(&Value::Null);
    assert_eq!(&identities[0]["instance_name"], instance);

    let verified = browser.verify(&user, &uid).await.expect(200);
    assert_eq!(verified["status"], "active");
    // Whatever was refreshed is what is stored now.
    let verified = browser.verify(&user, &uid).await.expect(200);
    assert_eq!(verified["status"], "active");

    let there = browser.start(provider, body.clone()).await;
    let back = agrees(&world, &there, "code-2");
    let code = browser.arrives(provider, &borrowed(&back), "code").await;
    let login = browser.exchange(&code).await.expect(200);
    assert_eq!(login["user"]["uid"], user.uid.as_str());

    // A code that was redeemed; a verifier of another flow.
    let there = browser.start(provider, body.clone()).await;
    let state = parameter(&there, "state").unwrap();
    let replayed = [("code", "code-2"), ("state", state.as_str())];
    let reply = browser.comes_back(provider, &replayed).await;
    reply.problem(400, "provider_refused");
    if has_pkce {
        let mine = browser.start(provider, body.clone()).await;
        agrees(&world, &mine, "stolen");
        let there = browser.start(provider, body.clone()).await;
        let state = parameter(&there, "state").unwrap();
        let injected = [("code", "stolen"), ("state", state.as_str())];
        let reply = browser.comes_back(provider, &injected).await;
        reply.problem(400, "provider_refused");
    }

    world.lock().unwrap().forget();
    let broken = browser.verify(&user, &uid).await.expect(200);
    assert_eq!(broken["status"], "broken");
    assert_eq!(browser.unlink(&user, &uid).await.status, 204);
    assert_eq!(browser.identities(&user).await, Vec::<Value>::new());
    if provider == "mastodon" {
        assert_eq!(world.lock().unwrap().registrations, 1, "kept");
    }
}

#[tokio::test]
async fn github_goes_all_the_way() {
    goes_all_the_way("github", "/login/oauth/authorize", true, "1", "octocat").await;
}

#[tokio::test]
async fn linkedin_goes_all_the_way() {
    let path = "/oauth/v2/authorization";
    goes_all_the_way("linkedin", path, false, "782bbtaQ", "John Doe").await;
}

#[tokio::test]
async fn x_goes_all_the_way() {
    goes_all_the_way(
        "x",
        "/i/oauth2/authorize",
        true,
        "2244994945",
        "XDevelopers",
    )
    .await;
}

#[tokio::test]
async fn mastodon_goes_all_the_way() {
    goes_all_the_way(
        "mastodon",
        "/oauth/authorize",
        true,
        "14715",
        "trwnh@{host}",
    )
    .await;
}

#[tokio::test]
async fn bluesky_goes_all_the_way() {
    let world = Shared::default();
    let wire = providers(&world);
    let app = service(&wire).await;
    let user = app.register("vinyl_dealer").await;
    let browser = Browser::of(&app);
    let link = "/api/v1/user/me/identities/bluesky/link/";
    let start = "/api/auth/identities/bluesky/start/";
    let right = json!({"identifier": "@ada.bsky.social", "password": "abcd-efgh-ijkl-mnop"});
    let wrong = json!({"identifier": "ada.bsky.social", "password": "wrong"});

    let reply = browser
        .send("POST", link, &user.access, wrong.clone())
        .await;
    let problem = reply.problem(400, "invalid");
    assert_eq!(problem["errors"][0]["field"], "password");
    let reply = browser.send("POST", start, "", right.clone()).await;
    reply.problem(403, "identity_not_linked");
    let reply = browser
        .send("POST", link, &user.access, right.clone())
        .await;
    let identity = reply.expect(201);
    let uid = identity["uid"].as_str().unwrap();
    assert_eq!(
        identity["provider_user_id"],
        "did:plc:z72i7hdynmk6r22z27h6tvur"
    );
    assert_eq!(identity["provider_username"], "ada.bsky.social");
    let again = browser
        .send("POST", link, &user.access, right.clone())
        .await;
    assert_eq!(again.expect(200)["uid"], uid);

    for _ in 0..2 {
        let verified = browser.verify(&user, uid).await.expect(200);
        assert_eq!(verified["status"], "active");
    }
    let reply = browser.send("POST", start, "", wrong).await;
    reply.problem(401, "invalid_credentials");
    let reply = browser.send("POST", start, "", right).await;
    let code = reply.expect(200)["code"].as_str().unwrap().to_owned();
    let login = browser.exchange(&code).await.expect(200);
    assert_eq!(login["user"]["uid"], user.uid.as_str());

    world.lock().unwrap().forget();
    let broken = browser.verify(&user, uid).await.expect(200);
    assert_eq!(broken["status"], "broken");
    assert_eq!(browser.unlink(&user, uid).await.status, 204);
}

#[tokio::test]
async fn an_instance_inside_a_network_is_not_connected_to() {
    let app = TestApp::start_with(&[("VESTIBULE_IDENTITIES__MASTODON__ENABLED", "true")]).await;
    let touched = Arc::new(Mutex::new(0));
    let count = Arc::clone(&touched);
    let wire = Wire::start(move |_| {
        *count.lock().unwrap() += 1;
        Reply::json(200, json!({}))
    });
    let browser = Browser::of(&app);
    let port = wire.host().rsplit_once(':').unwrap().1;
    for instance in [
        wire.host(),
        "127.0.0.1",
        &format!("localtest.localhost:{port}"),
        "foo.localhost",
        "169.254.169.254",
        "10.0.0.1",
    ] {
        let body = json!({"instance": instance});
        let path = "/api/auth/identities/mastodon/start/";
        let problem = browser.send("POST", path, "", body).await;
        let problem = problem.problem(400, "invalid");
        let codes = &problem["errors"][0];
        assert_eq!(codes["field"], "instance", "{instance}");
        assert_eq!(codes["code"], "unusable_instance", "{instance}");
    }
    assert_eq!(*touched.lock().unwrap(), 0, "no connection was made");
    let body = json!({"instance": "not a host"});
    let reply = browser
        .send("POST", "/api/auth/identities/mastodon/start/", "", body)
        .await;
    let problem = reply.problem(400, "invalid");
    assert_eq!(problem["errors"][0]["code"], "invalid_instance");
}
