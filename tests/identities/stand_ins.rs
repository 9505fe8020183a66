//! The servers that answer as GitHub, LinkedIn, X, Mastodon and Bluesky
//! document, and what a user does there.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use oauth2::{PkceCodeChallenge, PkceCodeVerifier};
use reqwest::Url;
use serde_json::{Value, json};

use super::browser::{RETURN_URL, parameter};
use super::wire::{Reply, Request, Wire};

/// What the providers know.
#[derive(Default)]
pub(super) struct World {
    /// The challenge that each code was asked for with; none is redeemed twice.
    codes: HashMap<String, Option<String>>,
    /// Tokens that count.
    access: Vec<String>,
    refresh: Vec<String>,
    made: u32,
    pub(super) registrations: u32,
    /// Every secret that was given out or shown here.
    pub(super) secrets: Vec<String>,
}

impl World {
    fn grant(&mut self, with_refresh: bool) -> Value {
        self.made += 1;
        let access = format!("access-{}", self.made);
        self.access.push(access.clone());
        self.secrets.push(access.clone());
        let mut tokens = json!({"access_token": access, "token_type": "bearer", "scope": "x"});
        if with_refresh {
            let refresh = format!("refresh-{}", self.made);
            self.refresh.push(refresh.clone());
            self.secrets.push(refresh.clone());
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
        self.secrets.push(form["code"].clone());
        self.secrets.extend(form.get("code_verifier").cloned());
        let shown = form.get("code_verifier").map(|verifier| {
            let verifier = PkceCodeVerifier::new(verifier.clone());
            let challenge = PkceCodeChallenge::from_code_verifier_sha256(&verifier);
            challenge.as_str().to_owned()
        });
        shown == challenge
    }

    pub(super) fn forget(&mut self) {
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
    world.secrets.push(format!("secret-{id}"));
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
    world.secrets.push(state.clone());
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
