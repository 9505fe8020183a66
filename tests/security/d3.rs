//! D3: a hundred at once fill a quota exactly.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::TestApp;

/// A hundred parallel requests; each is answered 201 or told of the quota. One
/// that a busy machine cannot carry out in time is sent again.
async fn created(app: &TestApp, path: &str, access: &str, body: impl Fn(usize) -> Value) -> usize {
    let body = &body;
    let calls = (0..100).map(|number| async move {
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            let reply = app.post(path, access, body(number)).await;
            if reply.status != 503 || Instant::now() > deadline {
                return reply;
            }
        }
    });
    let mut created = 0;
    for reply in join_all(calls).await {
        if reply.status == 201 {
            created += 1;
        } else {
            reply.problem(409, "quota_exceeded");
        }
    }
    created
}

async fn count(app: &TestApp, path: &str, access: &str) -> Value {
    app.get(path, access).await.expect(200)["count"].clone()
}

#[tokio::test]
async fn d3_a_hundred_at_once_fill_each_quota_exactly() {
    let app = TestApp::start().await;
    let staff = app.service_key(&["admin"]);
    let user = app.register("vinyl_dealer").await;
    let path = format!("/api/v1/admin/users/{}/", user.uid);
    let right = json!({"can_manage_api_environment": true});
    app.patch(&path, &staff, right).await.expect(200);

    let keys = "/api/v1/api-keys/";
    let made = created(&app, keys, &user.access, |n| json!({"name": n.to_string()})).await;
    assert_eq!(made, 25);
    assert_eq!(count(&app, keys, &user.access).await, 25);

    let devices = "/api/v1/device-tokens/";
    let register = format!("{devices}register/");
    let device = |n: usize| json!({"token": n.to_string(), "platform": "web"});
    assert_eq!(created(&app, &register, &user.access, device).await, 50);
    assert_eq!(count(&app, devices, &user.access).await, 50);

    let addresses = "/api/v1/user/me/addresses/";
    let address =
        |n: usize| json!({"name": "A", "line1": n.to_string(), "city": "C", "country": "GB"});
    assert_eq!(created(&app, addresses, &user.access, address).await, 50);
    assert_eq!(count(&app, addresses, &user.access).await, 50);

    // One is there already, so that a hundred are one too many.
    let inquiry = |n: usize| json!({"subject": n.to_string(), "message": "m"});
    app.post("/api/v1/support/", &user.access, inquiry(100))
        .await
        .expect(201);
    assert_eq!(
        created(&app, "/api/v1/support/", &user.access, inquiry).await,
        99
    );
    let inquiries = "/api/v1/support/inquiries/";
    assert_eq!(count(&app, inquiries, &user.access).await, 100);

    let organizations = "/api/v1/organizations/";
    let organization = |n: usize| json!({"display_name": format!("Number {n}")});
    let made = created(&app, organizations, &user.access, organization).await;
    assert_eq!(made, 50);
    assert_eq!(count(&app, organizations, &user.access).await, 50);
}
