//! D2: 200 parallel logins, half of them disconnecting.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;

use super::metric;
use crate::support::{Reply, TestApp};

#[tokio::test]
async fn d2_parallel_logins_take_no_more_hashes_than_permits() {
    const LOGINS: usize = 200;
    let app = TestApp::start_with(&[
        // Slow enough that not all of them can wait.
        ("VESTIBULE_PASSWORD__THREADS", "2"),
        ("VESTIBULE_PASSWORD__BCRYPT_COST", "11"),
    ])
    .await;
    let user = app.register("vinyl_dealer").await;
    let logins = (0..LOGINS).map(|number| {
        let body = json!({"username": format!("nobody_{number}"), "password": "guessed"});
        let request = app.request("POST", "/api/auth/login/").json(&body);
        async move {
            // The first to come is patient: it waits for no other hash.
            let patience = if number % 2 == 0 {
                Duration::from_mins(1)
            } else {
                Duration::from_millis(50)
            };
            // A request that is given up is closed by its client.
            let response = tokio::time::timeout(patience, request.send()).await;
            match response {
                Ok(response) => Some(Reply::read(response.unwrap()).await),
                Err(_) => None,
            }
        }
    });
    let gets = async {
        for _ in 0..20 {
            app.get("/api/v1/user/me/", &user.access).await.expect(200);
        }
    };
    let (replies, ()) = tokio::join!(join_all(logins), gets);
    let (mut checked, mut refused) = (0, 0);
    for reply in replies.iter().flatten() {
        if reply.status == 503 {
            reply.problem(503, "unavailable");
            assert_eq!(reply.header("retry-after"), "1");
            refused += 1;
        } else {
            reply.problem(401, "invalid_credentials");
            checked += 1;
        }
    }
    assert!(checked > 0, "some are served");
    // What can wait is hashed within 2 s, which is a third of those that stay.
    assert!(refused > 0, "what cannot be done in time is refused");
    assert!(checked + refused >= LOGINS / 2, "who waits is answered");
    let most = metric(&app, "vestibule_password_hashes_most_at_once").await;
    assert!(most <= 2, "{most} hashes at once");
    let done = metric(&app, "vestibule_password_hashes_total").await;
    // One for the registration; of those who left, what had been begun.
    assert!(done > checked as u64);
    assert!(done < LOGINS as u64, "{done} hashes, though half has left");
    // Afterwards all is as before.
    app.login("vinyl_dealer").await;
}
