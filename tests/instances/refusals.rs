//! Databases that cannot be used stop the start, and no password is shown.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use super::refusal;
use crate::support::postgres::Cluster;

const WRONG_PASSWORD: &str = "Wr0ng-Secret";

#[track_caller]
fn refused(url: &str) -> String {
    let started = Instant::now();
    let line = refusal(&[("VESTIBULE_DATABASE_URL", url)]);
    assert!(
        started.elapsed() < Duration::from_secs(10),
        "{:?}: {line}",
        started.elapsed()
    );
    assert!(!line.contains(WRONG_PASSWORD), "{line}");
    line
}

/// The URL of an existing database, in its parts: up to the `@`, and after it.
fn parts(url: &str) -> (&str, &str) {
    url.rsplit_once('@').unwrap()
}

#[test]
fn a_wrong_password_stops_the_start() {
    let Some(cluster) = Cluster::start_own(&[]) else {
        return;
    };
    let database = cluster.create_database();
    let (credentials, place) = parts(database.url());
    let (user, password) = credentials.rsplit_once(':').unwrap();
    let line = refused(&format!("{user}:{WRONG_PASSWORD}@{place}"));
    assert!(line.contains("password"), "{line}");
    assert!(!line.contains(password), "{line}");
}

#[test]
fn an_unknown_database_stops_the_start() {
    let Some(cluster) = Cluster::shared() else {
        return;
    };
    let line = refused(&cluster.url("no_such_database"));
    assert!(line.contains("no_such_database"), "{line}");
    let password = cluster.password();
    assert!(password.is_empty() || !line.contains(password), "{line}");
}

#[test]
fn a_server_that_is_not_there_stops_the_start() {
    // A port that is reserved and on which nothing is heard.
    let refusing = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = refusing.local_addr().unwrap().port();
    drop(refusing);
    let line = refused(&format!(
        "postgres://user:{WRONG_PASSWORD}@127.0.0.1:{port}/accounts"
    ));
    assert!(line.contains("127.0.0.1"), "{line}");
    // RFC 2606 reserves the name: it has no address.
    let line = refused(&format!(
        "postgres://user:{WRONG_PASSWORD}@database.invalid/accounts"
    ));
    assert!(line.contains("database.invalid"), "{line}");
}

#[test]
fn a_server_that_never_answers_stops_the_start() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    refused(&format!(
        "postgres://user:{WRONG_PASSWORD}@127.0.0.1:{port}/accounts"
    ));
}

#[test]
fn a_wrong_url_stops_the_start() {
    for url in [
        format!("postgres://user:{WRONG_PASSWORD}@127.0.0.1:port/accounts"),
        format!("mysql://user:{WRONG_PASSWORD}@127.0.0.1/accounts"),
        format!("postgres://user:{WRONG_PASSWORD}@127.0.0.1/accounts?no_such_option=1"),
    ] {
        refused(&url);
    }
}
