//! T3: 50 parallel refreshes of one token. That a rotated token which is shown
//! again later ends its session needs time to pass, so it is proved where time
//! is a stand-in: `crates/http/tests/api/sessions.rs`, `t3_…`.

use futures_util::future::join_all;
use serde_json::json;

use crate::support::TestApp;

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
