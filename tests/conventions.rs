//! What holds for every answer: headers, entity tags, methods, the document.

use std::io::Read;

use flate2::read::GzDecoder;
use serde_json::{Value, json};

use crate::support::{Reply, TestApp};

#[tokio::test]
async fn every_answer_bears_the_secure_headers_and_its_request_id() {
    let app = TestApp::start().await;
    let user = app.register("vinyl_dealer").await;
    for path in [
        "/api/v1/user/me/",
        "/api/v1/nothing/",
        "/healthz",
        "/api/docs/",
    ] {
        let reply = app.get(path, &user.access).await;
        assert_eq!(reply.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(reply.header("referrer-policy"), "no-referrer", "{path}");
        let policy = reply.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'"), "{path}: {policy}");
        assert!(
            policy.contains("frame-ancestors 'none'"),
            "{path}: {policy}"
        );
        assert!(!reply.header("x-request-id").is_empty(), "{path}");
    }
    let mine = app
        .request("GET", "/api/v1/user/me/")
        .header("x-request-id", "abc-123")
        .send()
        .await
        .unwrap();
    let mine = Reply::read(mine).await;
    assert_eq!(mine.header("x-request-id"), "abc-123");
    mine.problem(401, "not_authenticated");
    let insane = app
        .request("GET", "/api/v1/user/me/")
        .header("x-request-id", "a b\"c")
        .send()
        .await
        .unwrap();
    assert_ne!(Reply::read(insane).await.header("x-request-id"), "a b\"c");
}

#[tokio::test]
async fn unknown_paths_and_methods_are_told_apart() {
    let app = TestApp::start().await;
    let user = app.register("vinyl_dealer").await;
    app.get("/api/v1/nothing/", &user.access)
        .await
        .problem(404, "not_found");
    let reply = app.delete("/api/auth/login/", &user.access).await;
    reply.problem(405, "method_not_allowed");
    assert_eq!(reply.header("allow"), "POST");
    let reply = app.post("/api/v1/user/me/", &user.access, json!({})).await;
    reply.problem(405, "method_not_allowed");
    for method in ["GET", "PATCH"] {
        assert!(reply.header("allow").contains(method));
    }
    let head = app
        .send("HEAD", "/api/v1/user/me/", &user.access, Value::Null)
        .await;
    let get = app.get("/api/v1/user/me/", &user.access).await;
    assert_eq!((head.status, head.text.as_str()), (200, ""));
    assert_eq!(head.header("etag"), get.header("etag"));
    assert_eq!(head.header("content-length"), get.text.len().to_string());
    let path = "/api/v1/device-tokens/dev_x/";
    let reply = app.send("PUT", path, &user.access, json!({})).await;
    reply.problem(405, "method_not_allowed");
    assert_eq!(reply.header("allow"), "DELETE");
}

#[tokio::test]
async fn entity_tags_guard_reads_and_writes() {
    let app = TestApp::start().await;
    let user = app.register("vinyl_dealer").await;
    let with = |method: &str, name: &str, tag: &str, body: Value| {
        let mut request = app
            .request(method, "/api/v1/user/me/")
            .bearer_auth(&user.access)
            .header(name, tag);
        if !body.is_null() {
            request = request.json(&body);
        }
        async { Reply::read(request.send().await.unwrap()).await }
    };
    let first = app.get("/api/v1/user/me/", &user.access).await;
    let tag = first.header("etag").to_owned();
    assert!(tag.starts_with('"') && tag.ends_with('"'));
    assert_eq!(first.header("cache-control"), "private, no-cache");
    let known = with("GET", "if-none-match", &tag, Value::Null).await;
    assert_eq!((known.status, known.text.as_str()), (304, ""));
    assert_eq!(known.header("etag"), tag);

    let changed = with("PATCH", "if-match", &tag, json!({"first_name": "Jane"})).await;
    changed.expect(200);
    assert_ne!(changed.header("etag"), tag);
    with("PATCH", "if-match", &tag, json!({"first_name": "Joan"}))
        .await
        .problem(412, "stale");
    let now = app.get("/api/v1/user/me/", &user.access).await;
    assert_eq!(now.json()["first_name"], "Jane");
    assert_eq!(now.header("etag"), changed.header("etag"));
    with("GET", "if-none-match", &tag, Value::Null)
        .await
        .expect(200);
    with("PATCH", "if-match", "*", json!({"first_name": "Joan"}))
        .await
        .expect(200);

    // The tag follows what is embedded: here, the eligibility.
    let before = app.get("/api/v1/user/me/", &user.access).await;
    let address = json!({"name": "J", "line1": "1 Main St", "city": "Chicago", "country": "US"});
    app.post("/api/v1/user/me/addresses/", &user.access, address)
        .await
        .expect(201);
    let key = app.mailed(&user.email, 1, "key").await;
    app.post(
        "/api/auth/registration/verify-email/",
        "",
        json!({"key": key}),
    )
    .await
    .expect(200);
    let after = app.get("/api/v1/user/me/", &user.access).await;
    assert_ne!(before.header("etag"), after.header("etag"));
}

#[tokio::test]
async fn parallel_conditional_writes_lose_nothing() {
    let app = TestApp::start().await;
    let user = app.register("vinyl_dealer").await;
    let tag = app
        .get("/api/v1/user/me/", &user.access)
        .await
        .header("etag")
        .to_owned();
    let attempts = (0..10).map(|index| {
        app.request("PATCH", "/api/v1/user/me/")
            .bearer_auth(&user.access)
            .header("if-match", &tag)
            .json(&json!({"first_name": format!("n{index}")}))
            .send()
    });
    let replies = futures_util::future::join_all(attempts.collect::<Vec<_>>()).await;
    let statuses: Vec<_> = replies
        .into_iter()
        .map(|reply| reply.unwrap().status().as_u16())
        .collect();
    assert_eq!(
        statuses.iter().filter(|status| **status == 200).count(),
        1,
        "{statuses:?}"
    );
    assert!(
        statuses.iter().all(|status| matches!(status, 200 | 412)),
        "{statuses:?}"
    );
}

#[tokio::test]
async fn the_document_is_served_and_lists_errors() {
    let app = TestApp::start().await;
    let document = app.get("/api/openapi.json", "").await.expect(200);
    assert_eq!(document["openapi"].as_str().unwrap()[..3], *"3.1");
    let golden = include_str!("../docs/openapi.json");
    assert_eq!(document, serde_json::from_str::<Value>(golden).unwrap());
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let responses = operation["responses"].as_object().unwrap();
            assert!(responses.contains_key("503"), "{method} {path}");
            // One operation ends elsewhere: it is for browsers.
            let goes_on = path == "/api/auth/identities/{provider}/callback/";
            assert!(
                responses.keys().any(|status| if goes_on {
                    status == "303"
                } else {
                    status.starts_with('2')
                }),
                "{method} {path}"
            );
        }
    }
    let printed = app.cli(&["openapi"], "");
    assert_eq!(
        serde_json::from_slice::<Value>(&printed.stdout).unwrap(),
        document
    );
}

#[tokio::test]
async fn the_documentation_page_needs_nothing_from_elsewhere() {
    let app = TestApp::start().await;
    let page = app.get("/api/docs/", "").await;
    page_assets(&page.text).for_each(|asset| assert!(asset.starts_with("/api/docs/"), "{asset}"));
    for asset in page_assets(&page.text) {
        let reply = app.get(asset, "").await;
        assert_eq!(reply.status, 200, "{asset}");
    }
}

#[tokio::test]
async fn what_the_documentation_page_loads_is_compressed_for_those_who_take_it() {
    let app = TestApp::start().await;
    let path = "/api/docs/swagger-ui.css";
    let plain = app.request("GET", path).send().await.unwrap();
    assert!(!plain.headers().contains_key("content-encoding"));
    assert_eq!(plain.headers()["vary"], "accept-encoding");
    let plain = plain.text().await.unwrap();
    assert!(plain.contains(".swagger-ui"));
    let packed = app
        .request("GET", path)
        .header("accept-encoding", "br, gzip");
    let packed = packed.send().await.unwrap();
    assert_eq!(packed.headers()["content-encoding"], "gzip");
    let packed = packed.bytes().await.unwrap();
    assert!(packed.len() < plain.len() / 4);
    let mut unpacked = String::new();
    GzDecoder::new(&packed[..])
        .read_to_string(&mut unpacked)
        .unwrap();
    assert!(unpacked == plain);
}

fn page_assets(page: &str) -> impl Iterator<Item = &str> {
    page.split(['"', '\''])
        .filter(|text| text.starts_with('/') || text.starts_with("http"))
}

#[tokio::test]
async fn the_host_of_a_request_is_never_used() {
    let settings = [("VESTIBULE_PUBLIC_URL", "https://accounts.example.com")];
    let app = TestApp::start_with(&settings).await;
    let user = app.register("vinyl_dealer").await;
    let reset = app
        .request("POST", "/api/auth/password/reset/")
        .header("host", "evil.example")
        .header("x-forwarded-host", "evil.example")
        .json(&json!({"email": user.email}))
        .send()
        .await
        .unwrap();
    assert_eq!(reset.status(), 200);
    for letter in app.letters(&user.email, 2).await {
        assert!(letter.contains("https://accounts.example.com/"), "{letter}");
        assert!(!letter.contains("evil"), "{letter}");
    }
    let login = json!({"username": "vinyl_dealer", "password": crate::support::PASSWORD});
    let login = app.post("/api/auth/login/", "", login).await;
    let cookie = login.header("set-cookie");
    assert!(cookie.starts_with("__Host-vestibule_session="), "{cookie}");
    assert!(cookie.contains("Secure"), "{cookie}");
}
