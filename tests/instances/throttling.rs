//! What was tried at one instance counts at the other (row A6).

use futures_util::future::join_all;
use serde_json::json;

use crate::support::{PASSWORD, TestApp};

#[tokio::test]
async fn a6_instances_share_the_bucket_of_an_account() {
    let settings = [
        ("VESTIBULE_RATE_LIMITS__ENABLED", "true"),
        ("VESTIBULE_RATE_LIMITS__FIRST_WAIT_SECONDS", "900"),
    ];
    let here = TestApp::start_with(&settings).await;
    let there = here.beside(&settings).await;
    let apps = [here, there];
    for name in ["vinyl_dealer", "nobody_here"] {
        if name == "vinyl_dealer" {
            apps[0].register(name).await;
        }
        let guesses = (0..40).map(|number| {
            let body = json!({"username": name, "password": "guessed"});
            apps[number % 2].post("/api/auth/login/", "", body)
        });
        let replies = join_all(guesses).await;
        let of = |status| {
            replies
                .iter()
                .filter(|reply| reply.status == status)
                .count()
        };
        assert_eq!((of(401), of(429)), (5, 35), "{name}");
    }
    for app in &apps {
        let body = json!({"username": "vinyl_dealer", "password": PASSWORD});
        app.post("/api/auth/login/", "", body)
            .await
            .problem(429, "too_many_requests");
    }
    // A row a bucket: two names, one network of clients.
    let rows = apps[0]
        .database()
        .psql("SELECT count(*) FROM throttle_buckets");
    assert_eq!(rows, "4", "the registration has one, too");
}
