//! What needs `PostgreSQL`: several instances on one database, and a server that
//! is stopped, frozen or lost.

#![expect(
    clippy::unwrap_used,
    reason = "a test panics when what it expects does not hold"
)]

mod agreement;
mod failover;
mod once;
mod outage;
mod refusals;
mod start;
mod throttling;
mod tls;
mod visibility;

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::support::postgres::Database;
use crate::support::{Account, TestApp};

/// A request sent this long after an answer sees on each instance what the
/// answered request has changed.
const SEEN_WITHIN: Duration = Duration::from_millis(100);
/// Longest time to an answer while the database is away.
const ANSWERED_WITHIN: Duration = Duration::from_secs(3);

const ME: &str = "/api/v1/user/me/";

impl TestApp {
    /// The database of this service.
    fn database(&self) -> &Database {
        self.database.as_ref().unwrap()
    }

    /// A second instance on the same database and with the same secrets, its
    /// data folder its own.
    async fn beside(&self, settings: &[(&str, &str)]) -> Self {
        let secrets = self.data_dir().join("secrets.json");
        let mut shared = vec![
            ("VESTIBULE_DATABASE_URL", self.database().url()),
            ("VESTIBULE_SECRETS_FILE", secrets.to_str().unwrap()),
        ];
        shared.extend(settings);
        let mut other = Self::start_with(&shared).await;
        other.database.clone_from(&self.database);
        other
    }
}

/// Starts a service that must refuse to; answers the one line that it says.
#[track_caller]
fn refusal(settings: &[(&str, &str)]) -> String {
    const PATIENCE: Duration = Duration::from_secs(15);
    let folder = TempDir::new().unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_vestibule"))
        .current_dir(folder.path())
        .env_clear()
        .env("VESTIBULE_LISTEN", "127.0.0.1:0")
        .envs(settings.iter().copied())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let deadline = Instant::now() + PATIENCE;
    while child.try_wait().unwrap().is_none() && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(5));
    }
    // Without effect on one that has ended.
    child.kill().unwrap();
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        output.status.code().is_some_and(|code| code != 0),
        "{}: {said}",
        output.status
    );
    assert_eq!(said.lines().count(), 1, "{said}");
    said
}

/// A change of a user's profile, so that a request writes.
fn bio(text: &str) -> serde_json::Value {
    serde_json::json!({ "bio": text })
}

/// Warms the caches of an instance for a session.
async fn warm(app: &TestApp, user: &Account) {
    for _ in 0..3 {
        app.get(ME, &user.access).await.expect(200);
    }
}
