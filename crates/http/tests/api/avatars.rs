//! Pictures of users. The stand-in for the decoder takes for an image what
//! begins with `image`, and says of what it made which size.

use actix_web::http::StatusCode;
use serde_json::{Value, json};

use crate::site::{Answer, As, PUBLIC_URL, TestSite};

const PATH: &str = "/api/v1/user/me/avatar/";
const BOUNDARY: &str = "multipart/form-data; boundary=XX";

/// A body with these parts.
fn form(parts: &[(&str, &str)]) -> Vec<u8> {
    let mut body = String::new();
    for (name, content) in parts {
        body += "--XX\r\nContent-Disposition: form-data; name=\"";
        body += name;
        body += "\"; filename=\"a.png\"\r\n\r\n";
        body += content;
        body += "\r\n";
    }
    body += "--XX--\r\n";
    body.into_bytes()
}

async fn upload(site: &TestSite, caller: &As, parts: &[(&str, &str)]) -> Answer {
    site.send_bytes(
        caller,
        "POST",
        PATH,
        &form(parts),
        &[("Content-Type", BOUNDARY)],
    )
    .await
}

/// The path of the avatar that an answer names.
fn path(answer: &Value) -> String {
    let url = answer["avatar_url"].as_str().expect("a URL");
    url.strip_prefix(PUBLIC_URL).expect("absolute").to_owned()
}

async fn seen(site: &TestSite, path: &str) -> (u16, String) {
    let answer = site.get(&As::Nobody, path).await;
    let body = String::from_utf8(answer.body.to_vec()).expect("text");
    (answer.status.as_u16(), body)
}

#[actix_web::test]
async fn an_avatar_is_uploaded_shown_replaced_and_removed() {
    let site = TestSite::open().await;
    let (user, me) = site.user("ada").await;
    assert_eq!(me["avatar_url"], Value::Null);
    let first = upload(&site, &user, &[("file", "image one")]).await;
    let first = path(&first.json(StatusCode::OK));
    for (query, expected) in [
        ("", "256 of image one"),
        ("?size=64", "64 of image one"),
        ("?size=1024", "1024 of image one"),
    ] {
        let found = seen(&site, &format!("{first}{query}")).await;
        assert_eq!(found, (200, expected.to_owned()));
    }
    let me = site
        .get(&user, "/api/v1/user/me/")
        .await
        .json(StatusCode::OK);
    assert_eq!(path(&me), first);
    // Another one: the first is erased once it is no longer named.
    let second = upload(&site, &user, &[("file", "image two")]).await;
    let second = path(&second.json(StatusCode::OK));
    assert_ne!(first, second);
    site.test.app.outbox.deliver_due().await.expect("done");
    assert_eq!(seen(&site, &first).await.0, 404);
    assert_eq!(seen(&site, &second).await.1, "256 of image two");
    for _ in 0..2 {
        let removed = site.delete(&user, PATH).await;
        assert_eq!(removed.status, 204);
    }
    site.test.app.outbox.deliver_due().await.expect("done");
    assert_eq!(seen(&site, &second).await.0, 404);
    assert_eq!(site.test.media.names(), [""; 0]);
    let me = site
        .get(&user, "/api/v1/user/me/")
        .await
        .json(StatusCode::OK);
    assert_eq!(me["avatar_url"], Value::Null);
}

#[actix_web::test]
async fn a_picture_that_is_uploaded_again_keeps_its_address_and_is_each_users_own() {
    let site = TestSite::open().await;
    let (ada, _) = site.user("ada").await;
    let (bob, _) = site.user("bob").await;
    let one = [("file", "image one")];
    let first = path(&upload(&site, &ada, &one).await.json(StatusCode::OK));
    upload(&site, &ada, &[("file", "image two")]).await;
    let again = path(&upload(&site, &ada, &one).await.json(StatusCode::OK));
    assert_eq!(again, first);
    // The erasure of the first upload must not take the third.
    site.test.app.outbox.deliver_due().await.expect("done");
    assert_eq!(seen(&site, &again).await.1, "256 of image one");
    let of_bob = path(&upload(&site, &bob, &one).await.json(StatusCode::OK));
    assert_ne!(of_bob, first);
    assert_eq!(site.delete(&ada, PATH).await.status, 204);
    site.test.app.outbox.deliver_due().await.expect("done");
    assert_eq!(seen(&site, &of_bob).await.0, 200);
}

#[actix_web::test]
async fn a_crop_is_shown_and_the_whole_is_kept() {
    let site = TestSite::open().await;
    let (user, _) = site.user("ada").await;
    let parts = [("crop", "image part"), ("file", "image whole")];
    let path = path(&upload(&site, &user, &parts).await.json(StatusCode::OK));
    assert_eq!(seen(&site, &path).await.1, "256 of image part");
    let whole = seen(&site, &format!("{path}?size=full")).await;
    assert_eq!(whole.1, "full of image whole");
    upload(&site, &user, &[("file", "image whole")]).await;
    site.test.app.outbox.deliver_due().await.expect("done");
    assert_eq!(site.test.media.names().len(), 3, "and no whole one");
}

#[actix_web::test]
async fn what_is_wrong_with_an_upload_is_named() {
    let site = TestSite::open().await;
    let (user, _) = site.user("ada").await;
    for (parts, expected) in [
        (&[][..], &[("file", "required")][..]),
        (&[("file", "text")], &[("file", "invalid_image")]),
        (
            &[("file", "image"), ("crop", "text")],
            &[("crop", "invalid_image")],
        ),
        (
            &[("file", "image"), ("file", "image"), ("x", "")],
            &[("file", "duplicate"), ("x", "unknown_field")],
        ),
    ] {
        let (status, code, fields) = upload(&site, &user, parts).await.problem();
        assert_eq!((status, code.as_str()), (400, "invalid"));
        let fields: Vec<_> = fields
            .iter()
            .map(|(field, code)| (field.as_str(), code.as_str()))
            .collect();
        assert_eq!(fields, expected);
    }
    for (kind, body, status) in [
        ("application/json", b"{}".to_vec(), 415),
        ("multipart/form-data", form(&[]), 400),
        (BOUNDARY, b"nonsense".to_vec(), 400),
        (
            BOUNDARY,
            b"--XX\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nx".to_vec(),
            400,
        ),
        (
            BOUNDARY,
            form(&[("file", &"x".repeat(5 * 1024 * 1024 + 20_000))]),
            413,
        ),
    ] {
        let headers = [("Content-Type", kind)];
        let answer = site.send_bytes(&user, "POST", PATH, &body, &headers).await;
        assert_eq!(answer.status.as_u16(), status, "{kind} {}", body.len());
    }
    assert_eq!(site.test.media.names(), [""; 0]);
}

#[actix_web::test]
async fn an_avatar_is_taken_from_a_url_and_every_refusal_looks_the_same() {
    let site = TestSite::open().await;
    let (user, _) = site.user("ada").await;
    site.test
        .pages
        .put("https://pictures.example/a", b"image there");
    site.test.pages.put("https://pictures.example/b", b"text");
    let from = async |url: &str| {
        let body = json!({"url": url});
        site.post(&user, &format!("{PATH}from-url/"), body).await
    };
    let found = from("https://pictures.example/a").await;
    let path = path(&found.json(StatusCode::OK));
    assert_eq!(seen(&site, &path).await.1, "256 of image there");
    let no_image = from("https://pictures.example/b").await;
    let nothing = from("http://127.0.0.1/").await;
    let text = |answer: &Answer| {
        let mut body: Value = serde_json::from_slice(&answer.body).expect("JSON");
        body["request_id"] = Value::Null;
        (answer.status, body)
    };
    assert_eq!(text(&no_image), text(&nothing));
    let (status, _, fields) = nothing.problem();
    assert_eq!(status, 400);
    assert_eq!(fields, [("url".to_owned(), "invalid_source".to_owned())]);
    let long = format!("https://{}", "a".repeat(2048));
    for (url, code) in [("  ", "required"), (long.as_str(), "too_long")] {
        let (_, _, fields) = from(url).await.problem();
        assert_eq!(fields, [("url".to_owned(), code.to_owned())]);
    }
}

#[actix_web::test]
async fn pictures_may_be_kept_shown_elsewhere_and_do_nothing() {
    let site = TestSite::open().await;
    let (user, _) = site.user("ada").await;
    let path = path(
        &upload(&site, &user, &[("file", "image one")])
            .await
            .json(StatusCode::OK),
    );
    for (path, kind, kept) in [
        (
            path.as_str(),
            "image/webp",
            "public, max-age=31536000, immutable",
        ),
        (
            "/api/v1/users/ADA/avatar/",
            "image/webp",
            "public, max-age=300",
        ),
        (
            "/api/v1/users/bob/avatar",
            "image/svg+xml",
            "public, max-age=300",
        ),
    ] {
        let answer = site.get(&As::Nobody, path).await;
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(answer.header("content-type"), kind);
        assert_eq!(answer.header("cache-control"), kept);
        assert_eq!(
            answer.header("cross-origin-resource-policy"),
            "cross-origin"
        );
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        let policy = answer.header("content-security-policy");
        assert!(policy.contains("sandbox") && policy.contains("default-src 'none'"));
        let tag = answer.header("etag").to_owned();
        let headers = [("If-None-Match", tag.as_str())];
        let again = site.send(&As::Nobody, "GET", path, None, &headers).await;
        assert_eq!((again.status.as_u16(), again.body.len()), (304, 0));
        assert_eq!(again.header("etag"), tag);
    }
    let (status, _, fields) = site
        .get(&As::Nobody, &format!("{path}?size=65"))
        .await
        .problem();
    assert_eq!((status, fields[0].0.as_str()), (400, "size"));
    let key = "0".repeat(64);
    for path in [
        format!("/media/avatars/{key}.webp"),
        format!("/media/avatars/{key}.png"),
        "/media/avatars/..%2fsecrets.json.webp".to_owned(),
        path.to_uppercase(),
        format!("{path}?size=full"),
    ] {
        assert_eq!(seen(&site, &path).await.0, 404, "{path}");
    }
}

#[actix_web::test]
async fn who_has_no_picture_gets_letters_and_nobody_learns_who_exists() {
    let site = TestSite::open().await;
    site.user("vinyl_dealer").await;
    let (status, known) = seen(&site, "/api/v1/users/vinyl_dealer/avatar/?size=64").await;
    assert_eq!(status, 200);
    assert!(
        known.starts_with("<svg ") && known.contains(">VD<"),
        "{known}"
    );
    assert!(known.contains("width=\"64\""));
    assert!(!known.contains("script") && !known.contains("ada"));
    let (status, unknown) = seen(&site, "/api/v1/users/viola_dalton/avatar/").await;
    assert_eq!(status, 200);
    assert!(unknown.contains(">VD<"));
    assert_eq!(seen(&site, "/api/v1/users/a%3Cb/avatar/").await.0, 404);
}

#[actix_web::test]
async fn a_removal_may_insist_on_what_was_seen() {
    let site = TestSite::open().await;
    let (user, _) = site.user("ada").await;
    upload(&site, &user, &[("file", "image one")]).await;
    let me = site.get(&user, "/api/v1/user/me/").await;
    let tag = me.header("etag").to_owned();
    upload(&site, &user, &[("file", "image two")]).await;
    let stale = [("If-Match", tag.as_str())];
    let answer = site.send(&user, "DELETE", PATH, None, &stale).await;
    assert_eq!(answer.status, 412);
    let me = site.get(&user, "/api/v1/user/me/").await;
    let tag = me.header("etag").to_owned();
    let fresh = [("If-Match", tag.as_str())];
    let answer = site.send(&user, "DELETE", PATH, None, &fresh).await;
    assert_eq!(answer.status, 204);
}

#[actix_web::test]
async fn what_is_nobodys_is_swept_after_an_hour() {
    let site = TestSite::open().await;
    let (user, _) = site.user("ada").await;
    upload(&site, &user, &[("file", "image one")]).await;
    let orphan = format!("avatars/{}_64.webp", "0".repeat(64));
    let media = &site.test.app.avatars.media;
    media.put(&orphan, b"x".to_vec()).await.expect("put");
    media
        .put("avatars/note.txt", b"x".to_vec())
        .await
        .expect("put");
    let avatars = &site.test.app.avatars;
    assert_eq!(avatars.sweep().await.expect("swept"), 0, "not yet");
    site.test
        .clock
        .advance(std::time::Duration::from_secs(3601));
    assert_eq!(avatars.sweep().await.expect("swept"), 1);
    let left = site.test.media.names();
    assert_eq!(left.len(), 4, "the avatar in three sizes, and the note");
    assert!(!left.contains(&orphan));
}
