//! Push devices, and that nobody reaches another user's objects.

use serde_json::{Value, json};

use crate::support::{Account, TestApp};

async fn register(app: &TestApp, user: &Account, token: &str, status: u16) -> Value {
    let body = json!({"token": token, "platform": "ios"});
    app.post("/api/v1/device-tokens/register/", &user.access, body)
        .await
        .expect(status)
}

async fn tokens(app: &TestApp, user: &Account) -> Vec<String> {
    let list = app
        .get("/api/v1/device-tokens/", &user.access)
        .await
        .expect(200);
    let results = list["results"].as_array().unwrap();
    results
        .iter()
        .map(|device| device["token"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn a_token_registered_twice_keeps_its_uid() {
    let app = TestApp::start().await;
    let user = app.register("vinyl_dealer").await;
    let first = register(&app, &user, "t1", 201).await;
    let again = json!({"token": "t1", "platform": "web", "name": "Browser"});
    let again = app
        .post("/api/v1/device-tokens/register/", &user.access, again)
        .await
        .expect(200);
    assert_eq!(again["uid"], first["uid"]);
    assert_eq!(again["platform"], "web");
    assert_eq!(again["name"], "Browser");
    assert_eq!(tokens(&app, &user).await, ["t1"]);
}

#[tokio::test]
async fn a_token_moves_to_the_user_who_registers_it() {
    let app = TestApp::start().await;
    let jane = app.register("jane_dealer").await;
    let john = app.register("john_dealer").await;
    let hers = register(&app, &jane, "t1", 201).await;
    let his = register(&app, &john, "t1", 201).await;
    assert_ne!(hers["uid"], his["uid"]);
    assert_eq!(tokens(&app, &jane).await, Vec::<String>::new());
    assert_eq!(tokens(&app, &john).await, ["t1"]);
    // A refresh moves it back.
    let other = register(&app, &jane, "t2", 201).await;
    let path = format!(
        "/api/v1/device-tokens/{}/refresh/",
        other["uid"].as_str().unwrap()
    );
    let refreshed = app
        .post(&path, &jane.access, json!({"token": "t1"}))
        .await
        .expect(200);
    assert_eq!(refreshed["uid"], other["uid"]);
    assert_eq!(refreshed["token"], "t1");
    assert_eq!(tokens(&app, &jane).await, ["t1"]);
    assert_eq!(tokens(&app, &john).await, Vec::<String>::new());
}

#[tokio::test]
async fn another_users_objects_are_not_found() {
    let app = TestApp::start().await;
    let jane = app.register("jane_dealer").await;
    let john = app.register("john_dealer").await;
    let device = register(&app, &jane, "t1", 201).await["uid"].clone();
    let address = json!({"name": "J", "line1": "1 Main St", "city": "Chicago", "country": "US"});
    let address = app
        .post("/api/v1/user/me/addresses/", &jane.access, address)
        .await
        .expect(201)["uid"]
        .clone();
    let inquiry = json!({"subject": "s", "message": "m"});
    let inquiry = app
        .post("/api/v1/support/", &jane.access, inquiry)
        .await
        .expect(201)["uid"]
        .clone();
    let [device, address, inquiry] =
        [device, address, inquiry].map(|uid| uid.as_str().unwrap().to_owned());
    for (method, path) in [
        (
            "POST",
            format!("/api/v1/device-tokens/{device}/deactivate/"),
        ),
        ("POST", format!("/api/v1/device-tokens/{device}/refresh/")),
        ("DELETE", format!("/api/v1/device-tokens/{device}/")),
        ("GET", format!("/api/v1/user/me/addresses/{address}/")),
        ("PATCH", format!("/api/v1/user/me/addresses/{address}/")),
        ("DELETE", format!("/api/v1/user/me/addresses/{address}/")),
        ("GET", format!("/api/v1/support/inquiries/{inquiry}/")),
        ("DELETE", "/api/v1/device-tokens/nonsense/".to_owned()),
        ("GET", format!("/api/v1/user/me/addresses/{device}/")),
    ] {
        // The body is not even looked at.
        let reply = app.raw(method, &path, &john.access, b"{not json").await;
        reply.problem(404, "not_found");
        let anonymous = app.raw(method, &path, "", b"{}").await;
        anonymous.problem(401, "not_authenticated");
    }
    assert_eq!(tokens(&app, &jane).await, ["t1"]);
    let path = format!("/api/v1/user/me/addresses/{address}/");
    app.get(&path, &jane.access).await.expect(200);
}

#[tokio::test]
async fn the_quota_holds_under_parallel_registrations() {
    let app = TestApp::start_with(&[("VESTIBULE_QUOTAS__DEVICES", "5")]).await;
    let user = app.register("vinyl_dealer").await;
    let attempts = (0..20).map(|index| {
        let body = json!({"token": format!("t{index}"), "platform": "android"});
        app.post("/api/v1/device-tokens/register/", &user.access, body)
    });
    let replies = futures_util::future::join_all(attempts.collect::<Vec<_>>()).await;
    assert_eq!(
        replies.iter().filter(|reply| reply.status == 201).count(),
        5
    );
    for reply in replies.iter().filter(|reply| reply.status != 201) {
        reply.problem(409, "quota_exceeded");
    }
    assert_eq!(tokens(&app, &user).await.len(), 5);
}

#[tokio::test]
async fn lists_are_paged_newest_first() {
    let app = TestApp::start().await;
    let user = app.register("vinyl_dealer").await;
    app.patch(
        "/api/v1/user/me/",
        &user.access,
        json!({"preferences": {"items_per_page": 5}}),
    )
    .await
    .expect(200);
    for index in 0..12 {
        register(&app, &user, &format!("t{index}"), 201).await;
    }
    let mut seen = Vec::new();
    let mut pages = Vec::new();
    let mut next = Some("/api/v1/device-tokens/".to_owned());
    while let Some(path) = next {
        let page = app.get(&path, &user.access).await.expect(200);
        assert_eq!(page["count"], 12);
        for device in page["results"].as_array().unwrap() {
            seen.push(device["token"].as_str().unwrap().to_owned());
        }
        let relative = |url: &Value| {
            url.as_str().map(|url| {
                let (scheme, rest) = url.split_once("://").unwrap();
                assert_eq!(scheme, "http");
                rest[rest.find('/').unwrap()..].to_owned()
            })
        };
        next = relative(&page["next"]);
        pages.push((page["results"].clone(), relative(&page["previous"])));
    }
    let expected: Vec<_> = (0..12).rev().map(|index| format!("t{index}")).collect();
    assert_eq!(seen, expected);
    assert_eq!(pages.len(), 3);
    for index in [2, 1] {
        let previous = pages[index].1.as_ref().unwrap();
        let page = app.get(previous, &user.access).await.expect(200);
        assert_eq!(page["results"], pages[index - 1].0);
    }
    assert_eq!(pages[0].1, None);
    let by_number = app
        .get("/api/v1/device-tokens/?page=3&page_size=5", &user.access)
        .await
        .expect(200);
    assert_eq!(by_number["results"], pages[2].0);
    let past = app
        .get("/api/v1/device-tokens/?page=9", &user.access)
        .await
        .expect(200);
    assert_eq!(past["results"], json!([]));
    assert_eq!(past["next"], json!(null));
    for (query, field) in [
        ("page_size=0", "page_size"),
        ("page_size=201", "page_size"),
        ("page=0", "page"),
        ("page=x", "page"),
        ("cursor=x", "cursor"),
    ] {
        let reply = app
            .get(&format!("/api/v1/device-tokens/?{query}"), &user.access)
            .await;
        let body = reply.problem(400, "invalid");
        assert_eq!(body["errors"][0]["field"], field);
    }
}
