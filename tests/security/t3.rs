//! T3: 50 parallel refreshes of one token, and a rotated one that is shown again
//! later. What happens to the second is proved in `crates/http/tests/api/sessions.rs`,
//! where time is a stand-in, too.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;

use crate::support::TestApp;

/// After this a replay is no retry any more.
const GRACE: Duration = Duration::from_secs(10);

#[tokio::test]
async fn t3_parallel_refreshes_of_one_token_get_one_successor() {
    let app = TestApp::start().await;
    let user = app.register("vinyl_dealer").await;
    let mut token = user.refresh.clone();
    for _ in 0..3 {
        let refreshes = (0..50).map(|_| {
            let body = json!({"refresh": token});
            app.post("/api/auth/token/refresh/", "", body)
        });
        let mut successors = Vec::new();
        for reply in join_all(refreshes).await {
            let body = reply.expect(200);
            let access = body["access"].as_str().unwrap();
            app.get("/api/v1/user/me/", access).await.expect(200);
            successors.push(body["refresh"].as_str().unwrap().to_owned());
        }
        successors.dedup();
        assert_eq!(successors.len(), 1);
        assert_ne!(successors[0], token);
        token = successors.remove(0);
    }
    app.get("/api/v1/user/me/", &user.access).await.expect(200);
}

#[tokio::test]
async fn t3_a_rotated_token_that_is_reused_later_ends_the_session() {
    let app = TestApp::start().await;
    let user = app.register("vinyl_dealer").await;
    let other = app.login("vinyl_dealer").await;
    let refresh = async |token: &str| {
        let body = json!({"refresh": token});
        app.post("/api/auth/token/refresh/", "", body).await
    };
    let successor = refresh(&user.refresh).await.expect(200);
    let text = |field: &str| successor[field].as_str().unwrap().to_owned();
    let retried = refresh(&user.refresh).await.expect(200);
    assert_eq!(retried["refresh"], successor["refresh"]);
    tokio::time::sleep(GRACE + Duration::from_millis(500)).await;
    let me = "/api/v1/user/me/";
    app.get(me, &text("access")).await.expect(200);
    refresh(&user.refresh).await.problem(401, "invalid_token");
    // Whoever has it: the session is over, with all that it gave out.
    for access in [&user.access, &text("access")] {
        app.get(me, access).await.problem(401, "invalid_token");
    }
    refresh(&text("refresh"))
        .await
        .problem(401, "invalid_token");
    app.get(me, &other.access).await.expect(200);
    refresh(&other.refresh).await.expect(200);
}
