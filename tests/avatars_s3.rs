//! Avatars in a bucket: on `moto`, a server that speaks the protocol of S3
//! (`pip install 'moto[server]'`). It is looked for at `MOTO_SERVER`, then on
//! PATH; without it these tests say that they did not run, and fail under
//! `REQUIRE_S3=1`.

use std::env;
use std::io::Write as _;
use std::net::{Ipv4Addr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use image::ImageFormat;

use crate::support::TestApp;
use crate::support::pictures::{avatar_url, photo};

struct Bucket {
    server: Child,
    endpoint: String,
    client: reqwest::Client,
}

impl Bucket {
    /// An empty bucket of the name `pictures`; `None` where there is no server.
    async fn open() -> Option<Self> {
        let program = env::var("MOTO_SERVER").unwrap_or_else(|_| "moto_server".to_owned());
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let server = Command::new(&program)
            .args(["-H", "127.0.0.1", "-p", &port.to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let Ok(server) = server else {
            let required = env::var("REQUIRE_S3").is_ok_and(|value| value == "1");
            assert!(!required, "REQUIRE_S3=1, and {program} cannot be started");
            // Not with `eprintln`, which the test harness keeps to itself.
            let _ = writeln!(
                std::io::stderr(),
                "NOT RUN: {program} is not installed; pip install 'moto[server]'"
            );
            return None;
        };
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let bucket = Self {
            server,
            endpoint: format!("http://127.0.0.1:{port}"),
            client,
        };
        for _ in 0..600 {
            let url = format!("{}/pictures", bucket.endpoint);
            let made = bucket.client.put(url).send().await;
            if made.is_ok_and(|answer| answer.status() == 200) {
                return Some(bucket);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{program} makes no bucket");
    }

    /// How many objects there are.
    async fn objects(&self) -> usize {
        let url = format!(
            "{}/pictures?list-type=2&prefix=of/users/avatars/",
            self.endpoint
        );
        let list = self.client.get(url).send().await.unwrap();
        list.text().await.unwrap().matches("<Key>").count()
    }
}

impl Drop for Bucket {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

#[tokio::test]
async fn avatars_are_stored_served_and_deleted_in_a_bucket() {
    let Some(bucket) = Bucket::open().await else {
        return;
    };
    let app = TestApp::start_with(&[
        ("VESTIBULE_AVATARS__STORAGE_URL", "s3://pictures/of/users"),
        ("VESTIBULE_AVATARS__S3_ENDPOINT", &bucket.endpoint),
        ("VESTIBULE_AVATARS__S3_REGION", "eu-central-1"),
        ("VESTIBULE_AVATARS__S3_ACCESS_KEY_ID", "id"),
        (
            "VESTIBULE_AVATARS__S3_SECRET_ACCESS_KEY",
            "the-key-that-signs",
        ),
    ])
    .await;
    let user = app.register("ada").await;
    let picture = photo(400, 300, ImageFormat::Jpeg);
    let answer = app.upload(&user.access, &[("file", &picture)]).await;
    let url = avatar_url(&answer.expect(200));
    assert_eq!(bucket.objects().await, 3);
    for side in [64, 256, 1024] {
        let (status, bytes) = app.picture(&format!("{url}?size={side}")).await;
        assert_eq!(status, 200);
        assert_eq!(image::load_from_memory(&bytes).unwrap().width(), side);
    }
    app.delete("/api/v1/user/me/avatar/", &user.access)
        .await
        .expect(204);
    for _ in 0..400 {
        if bucket.objects().await == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    assert_eq!(bucket.objects().await, 0, "{}", app.log());
    assert_eq!(app.picture(&url).await.0, 404);
    assert!(!app.log().contains("the-key-that-signs"));
    // Nothing was kept beside it.
    assert!(!app.data_dir().join("media").exists());
}

#[tokio::test]
async fn a_bucket_that_is_away_is_503_and_nothing_else_fails() {
    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let endpoint = format!("http://{}", free.local_addr().unwrap());
    drop(free);
    let app = TestApp::start_with(&[
        ("VESTIBULE_AVATARS__STORAGE_URL", "s3://pictures"),
        ("VESTIBULE_AVATARS__S3_ENDPOINT", &endpoint),
        ("VESTIBULE_AVATARS__S3_ACCESS_KEY_ID", "id"),
        ("VESTIBULE_AVATARS__S3_SECRET_ACCESS_KEY", "key"),
    ])
    .await;
    let user = app.register("ada").await;
    let picture = photo(64, 64, ImageFormat::Png);
    let answer = app.upload(&user.access, &[("file", &picture)]).await;
    answer.problem(503, "unavailable");
    let me = app.get("/api/v1/user/me/", &user.access).await.expect(200);
    assert!(me["avatar_url"].is_null());
}
