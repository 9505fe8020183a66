use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::postgres::Database;
use super::{Reply, database};

/// A password that the rules accept.
pub(crate) const PASSWORD: &str = "OldPass123";

/// The setting that names another database than a file in the data folder.
const DATABASE_URL: &str = "VESTIBULE_DATABASE_URL";

/// A running service on a folder and a database of its own.
pub(crate) struct TestApp {
    child: Option<Child>,
    log: Arc<Mutex<String>>,
    environment: Vec<(String, String)>,
    folder: TempDir,
    /// None where the service has a file of its own.
    pub(crate) database: Option<Arc<Database>>,
    client: reqwest::Client,
    pub(crate) url: String,
}

/// A registered user.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    pub(crate) uid: String,
    pub(crate) username: String,
    pub(crate) email: String,
    pub(crate) access: String,
    pub(crate) refresh: String,
}

impl TestApp {
    /// Starts the service with the settings of tests.
    pub(crate) async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// Starts the service with more settings.
    pub(crate) async fn start_with(settings: &[(&str, &str)]) -> Self {
        let mut environment = vec![
            ("VESTIBULE_LISTEN".to_owned(), "127.0.0.1:0".to_owned()),
            ("VESTIBULE_PASSWORD__BCRYPT_COST".to_owned(), "4".to_owned()),
            // A restart listens on another port; the tokens stay valid.
            ("VESTIBULE_TOKENS__ISSUER".to_owned(), "test".to_owned()),
            (
                "VESTIBULE_RATE_LIMITS__ENABLED".to_owned(),
                "false".to_owned(),
            ),
        ];
        let given = |name| settings.iter().any(|(setting, _)| *setting == name);
        let database = (!given(DATABASE_URL)).then(database::fresh).flatten();
        if let Some(database) = &database {
            environment.push((DATABASE_URL.to_owned(), database.url().to_owned()));
        }
        environment.extend(
            settings
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
        );
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .unwrap();
        let mut app = Self {
            child: None,
            log: Arc::default(),
            environment,
            folder: TempDir::new().unwrap(),
            database,
            client,
            url: String::new(),
        };
        app.launch().await;
        app
    }

    /// The folder that holds the service's data folder.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The service's data folder.
    pub(crate) fn data_dir(&self) -> PathBuf {
        self.folder.path().join("vestibule-data")
    }

    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vestibule"));
        command
            .current_dir(self.folder.path())
            .env_clear()
            .envs(self.environment.iter().cloned());
        command
    }

    /// Starts the process, and waits until it says where it listens.
    pub(crate) async fn launch(&mut self) {
        let mut child = self
            .command()
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let stderr = child.stderr.take().unwrap();
        let log = Arc::clone(&self.log);
        let (found, address) = tokio::sync::oneshot::channel();
        let mut found = Some(found);
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines() {
                let Ok(line) = line else { return };
                if let Ok(entry) = serde_json::from_str::<Value>(&line)
                    && let Some(address) = entry["fields"]["address"]
                        .as_str()
                        .or(entry["address"].as_str())
                    && let Some(found) = found.take()
                {
                    let _ = found.send(address.to_owned());
                }
                let mut log = log.lock().unwrap();
                log.push_str(&line);
                log.push('\n');
            }
        });
        self.child = Some(child);
        let address = tokio::time::timeout(Duration::from_secs(30), address).await;
        let Ok(Ok(address)) = address else {
            panic!("the service did not start:\n{}", self.log());
        };
        self.url = format!("http://{address}");
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            let ready = self.client.get(format!("{}/readyz", self.url)).send().await;
            if ready.is_ok_and(|response| response.status() == 200) {
                return;
            }
            assert!(Instant::now() < deadline, "not ready:\n{}", self.log());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Everything that the service wrote to its log.
    pub(crate) fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// Id of the running process.
    pub(crate) fn pid(&self) -> u32 {
        self.child.as_ref().unwrap().id()
    }

    /// Kills the process as a power cut would.
    pub(crate) fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Asks the process to stop, and waits for it; answers how long it took.
    pub(crate) fn stop(&mut self) -> Duration {
        let started = Instant::now();
        if let Some(mut child) = self.child.take() {
            let killed = Command::new("kill")
                .args(["-TERM", &child.id().to_string()])
                .status()
                .unwrap();
            assert!(killed.success());
            let status = child.wait().unwrap();
            assert!(status.success(), "{status}:\n{}", self.log());
        }
        started.elapsed()
    }

    /// Stops the service and starts it again on the same folder.
    pub(crate) async fn restart(&mut self) {
        self.stop();
        self.launch().await;
    }

    /// Runs the command line on the same folder.
    pub(crate) fn cli(&self, arguments: &[&str], stdin: &str) -> Output {
        let mut child = self
            .command()
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A command that reads no input may have ended already.
        let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
        child.wait_with_output().unwrap()
    }

    /// A request to the service.
    pub(crate) fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        self.client.request(method, format!("{}{path}", self.url))
    }

    /// Sends a request with a bearer credential (none when empty) and a JSON
    /// body (none when null).
    pub(crate) async fn send(&self, method: &str, path: &str, bearer: &str, body: Value) -> Reply {
        let mut request = self.request(method, path);
        if !bearer.is_empty() {
            request = request.bearer_auth(bearer);
        }
        if !body.is_null() {
            request = request.json(&body);
        }
        Reply::read(request.send().await.unwrap()).await
    }

    pub(crate) async fn get(&self, path: &str, bearer: &str) -> Reply {
        self.send("GET", path, bearer, Value::Null).await
    }

    pub(crate) async fn post(&self, path: &str, bearer: &str, body: Value) -> Reply {
        self.send("POST", path, bearer, body).await
    }

    pub(crate) async fn patch(&self, path: &str, bearer: &str, body: Value) -> Reply {
        self.send("PATCH", path, bearer, body).await
    }

    pub(crate) async fn delete(&self, path: &str, bearer: &str) -> Reply {
        self.send("DELETE", path, bearer, Value::Null).await
    }

    /// Sends bytes as JSON.
    pub(crate) async fn raw(&self, method: &str, path: &str, bearer: &str, body: &[u8]) -> Reply {
        let mut request = self
            .request(method, path)
            .header("content-type", "application/json")
            .body(body.to_vec());
        if !bearer.is_empty() {
            request = request.bearer_auth(bearer);
        }
        Reply::read(request.send().await.unwrap()).await
    }

    /// Sends a request that needs a password hash. One that would wait for it
    /// for seconds is refused, which happens on a machine that has other work;
    /// then it is sent again, as a client would.
    pub(crate) async fn post_patiently(&self, path: &str, body: Value) -> Reply {
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            let reply = self.post(path, "", body.clone()).await;
            if reply.status != 503 || Instant::now() > deadline {
                return reply;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Registers a user with an address at example.com and [`PASSWORD`].
    pub(crate) async fn register(&self, username: &str) -> Account {
        let email = format!("{username}@example.com");
        let body = json!({
            "username": username,
            "email": email,
            "password1": PASSWORD,
            "password2": PASSWORD,
        });
        let answer = self
            .post_patiently("/api/auth/registration/", body)
            .await
            .expect(201);
        account(&answer, username, &email)
    }

    /// Signs a user in with [`PASSWORD`].
    pub(crate) async fn login(&self, username: &str) -> Account {
        self.login_with(username, PASSWORD).await
    }

    /// Signs a user in.
    pub(crate) async fn login_with(&self, username: &str, password: &str) -> Account {
        let body = json!({"username": username, "password": password});
        let answer = self
            .post_patiently("/api/auth/login/", body)
            .await
            .expect(200);
        let email = answer["user"]["email"].as_str().unwrap().to_owned();
        account(&answer, username, &email)
    }

    /// Makes an administrator on the command line and signs them in.
    pub(crate) async fn admin(&self) -> Account {
        let output = self.cli(
            &[
                "user",
                "create",
                "--username",
                "the_boss",
                "--email",
                "boss@example.com",
                "--verified",
                "--admin",
            ],
            &format!("{PASSWORD}\n"),
        );
        assert!(output.status.success(), "{output:?}");
        self.login("the_boss").await
    }

    /// Makes an organization of the user's, and invites an address to it.
    pub(crate) async fn invite(&self, owner: &Account, organization: &str, guest: &str) {
        let organizations = "/api/v1/organizations/";
        let made = self
            .post(
                organizations,
                &owner.access,
                json!({"display_name": organization}),
            )
            .await
            .expect(201);
        let uid = made["uid"].as_str().unwrap();
        let path = format!("{organizations}{uid}/invitations/");
        let invited = json!({"email": guest, "role": "member"});
        self.post(&path, &owner.access, invited).await.expect(201);
    }

    /// Makes a service key on the command line.
    pub(crate) fn service_key(&self, scopes: &[&str]) -> String {
        let mut arguments = vec!["key", "create", "--name", "test"];
        for scope in scopes {
            arguments.extend(["--scope", scope]);
        }
        let output = self.cli(&arguments, "");
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }
}

fn account(answer: &Value, username: &str, email: &str) -> Account {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    Account {
        uid: text(&answer["user"]["uid"]),
        username: username.to_owned(),
        email: email.to_owned(),
        access: text(&answer["access"]),
        refresh: text(&answer["refresh"]),
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.kill();
    }
}
