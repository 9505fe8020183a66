//! The database is away, and comes back.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{ANSWERED_WITHIN, ME, SEEN_WITHIN, bio, warm};
use crate::support::postgres::Cluster;
use crate::support::{Account, PASSWORD, Reply, TestApp};

/// From the return of the database until requests are served.
const BACK_WITHIN: Duration = Duration::from_secs(5);

/// Each kind of request answers 503, and soon; none from a cache.
async fn is_unavailable(app: &TestApp, user: &Account) {
    let login = json!({"username": user.username, "password": PASSWORD});
    let requests = [
        ("GET", ME, user.access.as_str(), Value::Null),
        ("PATCH", ME, &user.access, bio("lost")),
        ("GET", "/api/v1/device-tokens/", &user.access, Value::Null),
        ("POST", "/api/auth/login/", "", login),
    ];
    for (method, path, bearer, body) in requests {
        let sent = Instant::now();
        let reply = app.send(method, path, bearer, body).await;
        let took = sent.elapsed();
        assert!(took < ANSWERED_WITHIN, "{method} {path} took {took:?}");
        reply.problem(503, "unavailable");
        let wait = reply.header("retry-after").parse::<u32>();
        assert!(wait.is_ok_and(|seconds| seconds > 0), "{method} {path}");
    }
    // The dialects say so in their own shapes.
    for (method, path, told) in [
        ("GET", "/users", "error"),
        ("PATCH", "/api/user", "message"),
        ("GET", "/api/user", "error"),
    ] {
        let body = if method == "PATCH" {
            json!({"firstname": "Ada"})
        } else {
            Value::Null
        };
        let sent = Instant::now();
        let reply = app.send(method, path, &user.access, body).await;
        let took = sent.elapsed();
        assert!(took < ANSWERED_WITHIN, "{method} {path} took {took:?}");
        let answer = reply.expect(503);
        assert!(answer[told].is_string(), "{method} {path}: {answer}");
        assert_eq!(
            answer.get("status_code"),
            (told == "message").then_some(&json!(503))
        );
        let wait = reply.header("retry-after").parse::<u32>();
        assert!(wait.is_ok_and(|seconds| seconds > 0), "{method} {path}");
    }
    assert_eq!(app.get("/healthz", "").await.status, 200);
    let sent = Instant::now();
    assert_eq!(app.get("/readyz", "").await.status, 503);
    assert!(sent.elapsed() < ANSWERED_WITHIN);
}

/// Reads and writes are served again.
async fn is_served(app: &TestApp, user: &Account) {
    let back = Instant::now();
    loop {
        let read = app.get(ME, &user.access).await;
        let written = app.patch(ME, &user.access, bio("back")).await;
        let ready = app.get("/readyz", "").await;
        let replies = [read, written, ready];
        let took = back.elapsed();
        let seen: Vec<_> = replies.iter().map(|reply| &reply.text).collect();
        assert!(took < BACK_WITHIN, "{took:?} and still {seen:?}");
        if replies.iter().all(|reply: &Reply| reply.status == 200) {
            return;
        }
        assert!(
            replies
                .iter()
                .all(|reply| [200, 503].contains(&reply.status)),
            "{seen:?}"
        );
    }
}

/// A service on a database of its own cluster, and a user whose account and
/// session stand in its caches.
async fn served(cluster: &Cluster, settings: &[(&str, &str)]) -> (TestApp, Account) {
    let name = "accounts";
    cluster.psql(
        "postgres",
        &format!("CREATE DATABASE {name} OWNER vestibule"),
    );
    let url = cluster.url(name);
    let mut all = vec![
        ("VESTIBULE_DATABASE_URL", url.as_str()),
        ("VESTIBULE_LOG__LEVEL", "debug"),
    ];
    all.extend(settings);
    let app = TestApp::start_with(&all).await;
    let user = app.register("vinyl_dealer").await;
    warm(&app, &user).await;
    (app, user)
}

async fn is_survived(settings: &[(&str, &str)]) {
    let Some(mut cluster) = Cluster::start_own(&[]) else {
        return;
    };
    let (app, user) = served(&cluster, settings).await;
    let process = app.pid();
    for _ in 0..2 {
        cluster.stop();
        // An entry of a cache may be shown this long.
        tokio::time::sleep(SEEN_WITHIN).await;
        is_unavailable(&app, &user).await;
        cluster.start();
        is_served(&app, &user).await;
        let me = app.get(ME, &user.access).await.expect(200);
        assert_eq!(me["bio"], "back");
        warm(&app, &user).await;
    }
    assert_eq!(app.pid(), process);
    // Errors of connections tend to quote what they were made with.
    assert!(!app.log().contains(cluster.password()), "{}", app.log());
}

#[tokio::test]
async fn a_stop_of_the_database_is_survived() {
    is_survived(&[]).await;
}

#[tokio::test]
async fn a_stop_of_the_database_is_survived_without_caches() {
    is_survived(&[("VESTIBULE_CACHE__ENABLED", "false")]).await;
}

#[tokio::test]
async fn a_server_that_freezes_is_no_reason_to_wait() {
    let Some(cluster) = Cluster::start_own(&[]) else {
        return;
    };
    let (app, user) = served(&cluster, &[]).await;
    cluster.freeze();
    tokio::time::sleep(SEEN_WITHIN).await;
    is_unavailable(&app, &user).await;
    cluster.thaw();
    is_served(&app, &user).await;
}

#[tokio::test]
async fn lost_connections_are_replaced() {
    let app = TestApp::start().await;
    let user = app.register("vinyl_dealer").await;
    warm(&app, &user).await;
    for _ in 0..3 {
        let ended = app.database().psql(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
             WHERE datname = current_database() AND pid <> pg_backend_pid()",
        );
        assert_ne!(ended, "0");
        is_served(&app, &user).await;
    }
}
