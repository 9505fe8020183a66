//! `PyPI`'s `oidc-provider-mock`, started by the test.

use std::io::Write as _;
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use reqwest::Url;
use reqwest::redirect::Policy;

/// Where `.ci/run` installs it; the variable names another place.
const INSTALLED: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../target/oidc/bin/oidc-provider-mock"
);
const VARIABLE: &str = "OIDC_PROVIDER_MOCK";

/// A real OpenID Connect provider.
pub(super) struct Provider {
    child: Child,
    pub(super) issuer: String,
    client: reqwest::Client,
}

fn program() -> Option<PathBuf> {
    let named = std::env::var_os(VARIABLE).map(PathBuf::from);
    let path = named.unwrap_or_else(|| PathBuf::from(INSTALLED));
    path.exists().then_some(path)
}

impl Provider {
    /// Starts it. `None`, and says so, when it is not installed; with
    /// `REQUIRE_OIDC=1`, which `.ci/run` sets, that is a failure.
    pub(super) async fn start() -> Option<Self> {
        let Some(program) = program() else {
            assert!(
                std::env::var_os("REQUIRE_OIDC").is_none_or(|required| required != "1"),
                "oidc-provider-mock is not installed, and REQUIRE_OIDC=1"
            );
            // Not with `eprintln`, which the test harness keeps to itself.
            let _ = writeln!(
                std::io::stderr(),
                "did NOT run: oidc-provider-mock is not installed (see .ci/run)"
            );
            return None;
        };
        // A port that was free a moment ago; the program takes no other.
        let port = {
            let free = TcpListener::bind("127.0.0.1:0").unwrap();
            free.local_addr().unwrap().port()
        };
        let child = Command::new(program)
            .args(["--host", "127.0.0.1", "--port", &port.to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let deadline = Instant::now() + Duration::from_secs(30);
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(Instant::now() < deadline, "the provider does not start");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let client = reqwest::Client::builder().redirect(Policy::none()).build();
        Some(Self {
            child,
            issuer: format!("http://127.0.0.1:{port}"),
            client: client.unwrap(),
        })
    }

    /// The user agrees; answers the address that the provider sends them to.
    pub(super) async fn agrees(&self, authorization_url: &Url, sub: &str) -> Url {
        self.answers(authorization_url, &[("sub", sub)]).await
    }

    async fn answers(&self, authorization_url: &Url, form: &[(&str, &str)]) -> Url {
        let request = self.client.post(authorization_url.clone()).form(form);
        let reply = request.send().await.unwrap();
        assert_eq!(reply.status(), 302, "{authorization_url}");
        let location = reply.headers()["location"].to_str().unwrap();
        Url::parse(location).unwrap()
    }

    /// Takes back what was granted to this user.
    pub(super) async fn revokes(&self, sub: &str) {
        let url = format!("{}/users/{sub}/revoke-tokens", self.issuer);
        let reply = self.client.post(url).send().await.unwrap();
        assert_eq!(reply.status(), 204);
    }

    /// Gives the user a name.
    pub(super) async fn names(&self, sub: &str, name: &str) {
        let url = format!("{}/users/{sub}", self.issuer);
        let claims = serde_json::json!({"preferred_username": name});
        let reply = self.client.put(url).json(&claims).send().await.unwrap();
        assert_eq!(reply.status(), 204);
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
