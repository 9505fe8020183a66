//! Avatars: real pictures through the real binary, into a folder.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use image::{GenericImageView as _, ImageFormat};
use serde_json::Value;

use crate::support::TestApp;
use crate::support::pictures::{avatar_url, photo};

fn files(app: &TestApp) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(app.data_dir().join("media/avatars")) else {
        return Vec::new();
    };
    entries.map(|entry| entry.unwrap().path()).collect()
}

async fn until_files(app: &TestApp, count: usize) {
    for _ in 0..2000 {
        if files(app).len() == count {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("{:?}\n{}", files(app), app.log());
}

#[tokio::test]
async fn a_picture_of_every_kind_becomes_three_squares() {
    let app = TestApp::start().await;
    let user = app.register("ada").await;
    for format in [
        ImageFormat::Jpeg,
        ImageFormat::Png,
        ImageFormat::WebP,
        ImageFormat::Gif,
    ] {
        let picture = photo(400, 300, format);
        let answer = app.upload(&user.access, &[("file", &picture)]).await;
        let url = avatar_url(&answer.expect(200));
        assert!(url.starts_with(&format!("{}/media/avatars/", app.url)));
        for side in [64, 256, 1024] {
            let (status, bytes) = app.picture(&format!("{url}?size={side}")).await;
            assert_eq!(status, 200);
            let format = image::guess_format(&bytes).unwrap();
            let picture = image::load_from_memory(&bytes).unwrap();
            assert_eq!(format, ImageFormat::WebP);
            assert_eq!(picture.dimensions(), (side, side));
        }
        let me = app.get("/api/v1/user/me/", &user.access).await.expect(200);
        assert_eq!(avatar_url(&me), url);
    }
    // Each replaced the one before.
    until_files(&app, 3).await;
}

#[tokio::test]
async fn an_avatar_survives_a_restart_and_is_erased_with_its_removal() {
    let mut app = TestApp::start_with(&[("VESTIBULE_PUBLIC_URL", "https://id.example.com")]).await;
    let user = app.register("ada").await;
    let picture = photo(300, 300, ImageFormat::Jpeg);
    let answer = app.upload(&user.access, &[("file", &picture)]).await;
    let url = avatar_url(&answer.expect(200));
    let path = url
        .strip_prefix("https://id.example.com")
        .unwrap()
        .to_owned();
    app.restart().await;
    let user = app.login("ada").await;
    assert_eq!(app.picture(&path).await.0, 200);
    assert_eq!(app.picture("/api/v1/users/Ada/avatar/").await.0, 200);
    app.delete("/api/v1/user/me/avatar/", &user.access)
        .await
        .expect(204);
    until_files(&app, 0).await;
    assert_eq!(app.picture(&path).await.0, 404);
    let me = app.get("/api/v1/user/me/", &user.access).await.expect(200);
    assert_eq!(me["avatar_url"], Value::Null);
    let (status, svg) = app.picture("/api/v1/users/ada/avatar/").await;
    assert_eq!(status, 200);
    assert!(svg.starts_with(b"<svg "));
}

#[tokio::test]
async fn a_crop_is_shown_and_the_whole_picture_kept() {
    let app = TestApp::start().await;
    let user = app.register("ada").await;
    let whole = photo(2000, 1000, ImageFormat::Jpeg);
    let crop = photo(200, 200, ImageFormat::Png);
    let parts: [(&str, &[u8]); 2] = [("file", &whole), ("crop", &crop)];
    let url = avatar_url(&app.upload(&user.access, &parts).await.expect(200));
    let (_, bytes) = app.picture(&format!("{url}?size=full")).await;
    let full = image::load_from_memory(&bytes).unwrap();
    assert_eq!(full.dimensions(), (1024, 512));
    until_files(&app, 4).await;
}

#[tokio::test]
async fn parallel_uploads_leave_one_avatar_that_can_be_seen() {
    let app = TestApp::start().await;
    let user = app.register("ada").await;
    let pictures: Vec<_> = (0..8)
        .map(|number| photo(200 + number, 200, ImageFormat::Png))
        .collect();
    let uploads = pictures.iter().map(|picture| {
        let (app, bearer) = (&app, user.access.as_str());
        async move { app.upload(bearer, &[("file", picture)]).await.expect(200) }
    });
    futures_util::future::join_all(uploads).await;
    let me = app.get("/api/v1/user/me/", &user.access).await.expect(200);
    for side in [64, 256, 1024] {
        let url = format!("{}?size={side}", avatar_url(&me));
        assert_eq!(app.picture(&url).await.0, 200);
    }
}
