//! The Epixel dialect.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::transcript::{Variables, play};
use super::world::sign_up;
use crate::support::letters::code;
use crate::support::{Account, Reply, TestApp};

const PROFILE: &str = "/api/v1/user/get/profile/";
const UPDATE: &str = "/api/v1/user/update/profile/";
const IMAGE: &str = "/api/v1/user/profile-image/";
const PICTURE: &[u8] = include_bytes!("files/picture.png");
const CUT: &[u8] = include_bytes!("files/cut.png");

/// A client of the dialect: the application's key and the user.
struct Client<'a> {
    app: &'a TestApp,
    key: String,
    user: Account,
}

impl<'a> Client<'a> {
    async fn of(app: &'a TestApp, username: &str) -> Self {
        Self {
            key: app.service_key(&["app"]),
            user: app.register(username).await,
            app,
        }
    }

    fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        let request = self.app.request(method, path);
        let request = request.header("apikey", &self.key);
        request.bearer_auth(&self.user.access)
    }

    async fn profile(&self) -> Value {
        let answer = self.request("GET", PROFILE).send().await.unwrap();
        Reply::read(answer).await.expect(200)
    }

    async fn post_json(&self, path: &str, body: &Value) -> Reply {
        let request = self.request("POST", path).json(body);
        Reply::read(request.send().await.unwrap()).await
    }

    /// Posts parts as libcurl makes them, which the samples in PHP use.
    async fn post_parts(&self, path: &str, parts: &[Part<'_>]) -> Reply {
        const BOUNDARY: &str = "------------------------d74496d66958873e";
        let mut body = Vec::new();
        for part in parts {
            let (head, content) = match part {
                Part::Text(name, text) => (format!("name=\"{name}\""), text.as_bytes()),
                Part::File(name, file, content) => {
                    let kind = "Content-Type: application/octet-stream";
                    let head = format!("name=\"{name}\"; filename=\"{file}\"\r\n{kind}");
                    (head, *content)
                }
            };
            let head = format!("--{BOUNDARY}\r\nContent-Disposition: form-data; {head}\r\n\r\n");
            body.extend_from_slice(head.as_bytes());
            body.extend_from_slice(content);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
        let kind = format!("multipart/form-data; boundary={BOUNDARY}");
        let request = self.request("POST", path).header("content-type", kind);
        Reply::read(request.body(body).send().await.unwrap()).await
    }

    async fn upload(&self) -> Reply {
        let parts = [
            Part::File("image", "picture.png", PICTURE),
            Part::File("cropped_image", "cut.png", CUT),
        ];
        self.post_parts(IMAGE, &parts).await
    }
}

enum Part<'a> {
    Text(&'a str, &'a str),
    File(&'a str, &'a str, &'a [u8]),
}

fn answer(data: &Value) -> Value {
    json!({"status_code": 200, "errors": {}, "data": data})
}

#[tokio::test]
async fn epixel() {
    let app = TestApp::start().await;
    let mut variables = Variables::new();
    sign_up(&app, "ada", &mut variables).await;
    for (name, scope) in [("app", "app"), ("reader", "users:read")] {
        variables.insert(name.to_owned(), app.service_key(&[scope]));
    }
    let transcript = include_str!("transcripts/epixel.txt");
    play(transcript, &app, &mut variables).await;
    let letters = app.letters("countess@example.com", 1).await;
    variables.insert("code".to_owned(), code(&letters[0]));
    let transcript = include_str!("transcripts/epixel_new_address.txt");
    play(transcript, &app, &mut variables).await;
}

#[tokio::test]
async fn what_epixel_changes_is_seen_natively_and_the_other_way_round() {
    let app = TestApp::start().await;
    let client = Client::of(&app, "ada").await;
    let access = &client.user.access;
    let body = json!({
        "email": client.user.email, "first_name": "Ada", "phone_number": "442071838750",
        "languages": "pt", "currencies": "BRL", "timezones": "America/Sao_Paulo",
    });
    client.post_json(UPDATE, &body).await.expect(200);
    let me = app.get("/api/v1/user/me/", access).await.expect(200);
    assert_eq!(me["first_name"], "Ada");
    assert_eq!(me["phone_number"], "+442071838750");
    let preferences = &me["preferences"];
    assert_eq!(preferences["language"], "pt");
    assert_eq!(preferences["currency_display"], "BRL");
    assert_eq!(preferences["timezone"], "America/Sao_Paulo");
    let image = client.upload().await.expect(200)["data"]["image_url"].clone();
    let me = app.get("/api/v1/user/me/", access).await.expect(200);
    assert_eq!(me["avatar_url"], image);
    let (status, _) = app.picture(image.as_str().unwrap()).await;
    assert_eq!(status, 200);

    let change = json!({"last_name": "King", "preferences": {"language": "pt-BR"}});
    app.patch("/api/v1/user/me/", access, change)
        .await
        .expect(200);
    let profile = client.profile().await;
    let shown = &profile["data"]["UserProfile"][0];
    assert_eq!(shown["last_name"], "King");
    assert_eq!(shown["phone_code"], "44");
    assert_eq!(shown["phone_number"], "2071838750");
    assert_eq!(shown["country_code"], "GB");
    assert_eq!(profile["data"]["UserLocInfo"]["lan"], "pt");
    // What is shown is sent back, and the region of the language stays.
    let body = json!({
        "email": client.user.email, "phone_number": "2071838750", "languages": "pt",
    });
    client.post_json(UPDATE, &body).await.expect(200);
    let me = app.get("/api/v1/user/me/", access).await.expect(200);
    assert_eq!(me["preferences"]["language"], "pt-BR");
    assert_eq!(me["phone_number"], "+442071838750");
}

#[tokio::test]
async fn the_lists_of_epixel_are_the_native_ones() {
    let app = TestApp::start().await;
    let client = Client::of(&app, "ada").await;
    let native = app.get("/api/v1/local-info/", "").await.expect(200);
    let request = client.request("GET", "/api/v1/get/local-info");
    let lists = Reply::read(request.send().await.unwrap()).await.expect(200);
    assert_eq!(lists, answer(&native));
    let data = lists["data"].as_object().unwrap();
    for list in ["languages", "currencies", "timezones"] {
        assert!(data[list].as_array().unwrap().len() > 100, "{list}");
    }
}

#[tokio::test]
async fn ten_pictures_a_day_are_taken_across_restarts() {
    let mut app = TestApp::start().await;
    let (key, user) = {
        let client = Client::of(&app, "ada").await;
        let uploads = join_all((0..14).map(|_| client.upload())).await;
        let taken = uploads.iter().filter(|reply| reply.status == 200).count();
        assert_eq!(taken, 10);
        let refused = uploads.iter().filter(|reply| reply.status == 429).count();
        assert_eq!(refused, 4);
        (client.key, client.user)
    };
    for _ in 0..2 {
        let client = Client {
            app: &app,
            key: key.clone(),
            user: user.clone(),
        };
        let reply = client.upload().await;
        let body = reply.expect(429);
        assert_eq!(body["status_code"], 429);
        assert_eq!(body["data"], json!({}));
        let text = body["errors"]["detail"][0].as_str().unwrap();
        let told = text
            .strip_prefix("Your daily profile update limit exceeded. Expected available in ")
            .and_then(|rest| rest.strip_suffix(" seconds."))
            .unwrap_or_else(|| panic!("{text}"));
        let (hours, rest) = told.split_once(" hours ").unwrap();
        let (minutes, seconds) = rest.split_once(" minutes and ").unwrap();
        let [hours, minutes, seconds]: [u64; 3] =
            [hours, minutes, seconds].map(|number| number.parse().unwrap());
        assert!(minutes < 60 && seconds < 60, "{text}");
        let wait = (hours * 60 + minutes) * 60 + seconds;
        assert!((86_400 - 600..=86_400).contains(&wait), "{text}");
        assert_eq!(reply.header("retry-after"), wait.to_string());
        drop(client);
        app.restart().await;
    }
}

#[tokio::test]
async fn epixel_is_moved_limited_and_switched_off() {
    let moved = TestApp::start_with(&[
        ("VESTIBULE_COMPAT__EPIXEL__PREFIX", "/compat"),
        ("VESTIBULE_COMPAT__EPIXEL__DAILY_IMAGE_LIMIT", "1"),
    ])
    .await;
    let client = Client::of(&moved, "ada").await;
    let here = client.request("GET", "/compat/api/v1/user/get/profile");
    let here = Reply::read(here.send().await.unwrap()).await.expect(200);
    assert_eq!(here["data"]["UserProfile"][0]["username"], "ada");
    moved
        .get(PROFILE, &client.user.access)
        .await
        .problem(404, "not_found");
    let parts = [
        Part::File("image", "picture.png", PICTURE),
        Part::File("cropped_image", "cut.png", CUT),
    ];
    for status in [200, 429] {
        let path = "/compat/api/v1/user/profile-image/";
        client.post_parts(path, &parts).await.expect(status);
    }
    let off = TestApp::start_with(&[("VESTIBULE_COMPAT__EPIXEL__ENABLED", "false")]).await;
    let client = Client::of(&off, "ada").await;
    let answer = client.request("GET", PROFILE).send().await.unwrap();
    Reply::read(answer).await.problem(404, "not_found");
}

/// What the samples in PHP make libcurl send.
#[tokio::test]
async fn the_bytes_of_the_samples_in_php() {
    let app = TestApp::start().await;
    let client = Client::of(&app, "ada").await;
    let parts = [
        Part::Text("first_name", "Ada"),
        Part::Text("last_name", "King"),
        Part::Text("email", &client.user.email),
        Part::Text("phone_number", "15551234567"),
    ];
    let reply = client.post_parts(UPDATE, &parts).await;
    assert_eq!(reply.expect(200), answer(&json!({})));
    let reply = client.upload().await;
    let image = reply.expect(200)["data"]["image_url"].clone();
    assert_eq!(reply.json(), answer(&json!({"image_url": image})));
    let user = json!({
        "username": "ada", "first_name": "Ada", "last_name": "King",
        "email": client.user.email, "phone_code": "1", "phone_number": "5551234567",
        "country_code": "US",
    });
    let data = json!({
        "UserProfile": [user], "ProfileImage": image,
        "UserLocInfo": {"lan": "en", "tz": "UTC", "currency": "USD"},
    });
    assert_eq!(client.profile().await, answer(&data));
}

/// Where `.ci/run` installs what the samples need.
const MODULES: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../target/samples/node_modules"
);

/// The samples in Node of the document, as they are but for host, credentials
/// and values. `None`, and says so, when `request` is not installed for them;
/// with `REQUIRE_NODE=1`, which `.ci/run` sets, that is a failure.
fn run(folder: &Path, sample: &str, values: &[(&str, &str)]) -> Option<Value> {
    if !Path::new(MODULES).join("request").exists() {
        assert!(
            std::env::var_os("REQUIRE_NODE").is_none_or(|required| required != "1"),
            "request is not installed for the samples, and REQUIRE_NODE=1"
        );
        // Not with `eprintln`, which the test harness keeps to itself.
        let _ = writeln!(
            std::io::stderr(),
            "did NOT run: request is not installed for the samples (see .ci/run)"
        );
        return None;
    }
    let mut sample = sample.to_owned();
    for (placeholder, value) in values {
        assert!(sample.contains(placeholder), "{placeholder} in {sample}");
        sample = sample.replace(placeholder, value);
    }
    assert!(!sample.contains('<'), "a value is missing in {sample}");
    let file = folder.join("sample.js");
    std::fs::write(&file, sample).unwrap();
    let output = Command::new("node")
        .arg(&file)
        .env("NODE_PATH", MODULES)
        .env("NODE_NO_WARNINGS", "1")
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    Some(serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{e}: {output:?}")))
}

#[tokio::test]
async fn the_samples_in_node() {
    let app = TestApp::start().await;
    let client = Client::of(&app, "ada").await;
    let folder = tempfile::TempDir::new().unwrap();
    let host = format!("{}/api/v1", app.url);
    let host = ("https://<domain>/<api prefix>/<version>", host.as_str());
    let headers = [
        host,
        ("<apikey>", client.key.as_str()),
        ("<access-token>", client.user.access.as_str()),
    ];
    let run = |sample, values: &[(&str, &str)]| {
        let values = [&headers, values].concat();
        run(folder.path(), sample, &values)
    };
    let values = [
        ("<first_name>", "Ada"),
        ("<last_name>", "King"),
        ("<email>", client.user.email.as_str()),
        ("<phone_number>", "15551234567"),
    ];
    let updated = run(include_str!("samples/update_profile.js"), &values);
    let Some(updated) = updated else {
        return;
    };
    assert_eq!(updated, answer(&json!({})));

    // Braces are missing in the document.
    let upload = include_str!("samples/upload_profile_image.js");
    let upload = upload.replace(
        "      },\n    'cropped_image'",
        "      }\n    },\n    'cropped_image'",
    );
    let upload = upload.replace(
        "'contentType': null\n    }\n  }\n};",
        "'contentType': null\n      }\n    }\n  }\n};",
    );
    let stream = |file: &str| {
        let files = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/compat/files");
        let path: PathBuf = [files, file].iter().collect();
        format!("require('fs').createReadStream('{}')", path.display())
    };
    let values = [
        ("<image uri>", &*stream("picture.png")),
        ("<cropped_image uri>", &stream("cut.png")),
        ("<image name>", "picture.png"),
        ("<cropped_image name>", "cut.png"),
    ];
    let uploaded = run(&upload, &values).expect("request is installed");
    let image = uploaded["data"]["image_url"].clone();
    assert_eq!(uploaded, answer(&json!({"image_url": image})));

    let profile = run(include_str!("samples/get_profile.js"), &[]);
    let profile = profile.expect("request is installed");
    assert_eq!(profile, client.profile().await);
    let data = &profile["data"];
    assert_eq!(data["ProfileImage"], image);
    assert_eq!(data["UserProfile"][0]["last_name"], "King");
    assert_eq!(data["UserProfile"][0]["phone_number"], "5551234567");

    let sample =
        include_str!("samples/get_local_info.js").replace("<access token>", "<access-token>");
    let lists = run(&sample, &[]).expect("request is installed");
    let native = app.get("/api/v1/local-info/", "").await.expect(200);
    assert_eq!(lists, answer(&native));
}
