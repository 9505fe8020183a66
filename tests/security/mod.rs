//! The rows of SECURITY.md's checks: one file a row, each test named after it.

mod a1;
mod a2;
mod a3;
mod a4;
mod a5;
mod a6;
mod d2;
mod d3;
mod f2;
mod mail_limits;
mod p1;
mod p2;
mod s1;
mod t1;
mod t2;
mod t3;
mod t4;
mod t5;
mod z1;
mod z2;

use serde_json::{Value, json};

use crate::support::{PASSWORD, Reply, TestApp};

/// Switches throttling on, with a first wait that no test outlasts.
const THROTTLED: &[(&str, &str)] = &[
    ("VESTIBULE_RATE_LIMITS__ENABLED", "true"),
    ("VESTIBULE_RATE_LIMITS__FIRST_WAIT_SECONDS", "900"),
];

/// The cookie of this name that an answer sets, as a client sends it back.
fn cookie(reply: &Reply, name: &str) -> String {
    let prefix = format!("{name}=");
    let cookies = reply.headers.get_all("set-cookie");
    cookies
        .iter()
        .map(|cookie| cookie.to_str().unwrap())
        .find(|cookie| cookie.starts_with(&prefix))
        .map_or_else(
            || panic!("no {name} in {:?}", reply.headers),
            |cookie| cookie.split(';').next().unwrap().to_owned(),
        )
}

/// A login with the right password, and cookies.
async fn login(app: &TestApp, username: &str, cookies: &str) -> Reply {
    let body = json!({"username": username, "password": PASSWORD});
    let request = app
        .request("POST", "/api/auth/login/")
        .header("cookie", cookies)
        .json(&body);
    Reply::read(request.send().await.unwrap()).await
}

/// Checks that an answer refuses what is tried too often, and says for how long.
#[track_caller]
fn is_throttled(reply: &Reply, limit: u32, at_most: u64) {
    reply.problem(429, "too_many_requests");
    let wait: u64 = reply.header("retry-after").parse().unwrap();
    assert!((1..=at_most).contains(&wait), "{wait}");
    assert_eq!(reply.header("ratelimit-limit"), limit.to_string());
    assert_eq!(reply.header("ratelimit-remaining"), "0");
    assert_eq!(reply.header("ratelimit-reset"), wait.to_string());
}

/// What an answer tells apart from its text: everything but its id and time.
fn told(reply: &Reply) -> (u16, Vec<(String, String)>, Value) {
    let mut headers: Vec<(String, String)> = reply
        .headers
        .iter()
        .filter(|(name, _)| !matches!(name.as_str(), "date" | "x-request-id"))
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect();
    headers.sort();
    let mut body = reply.json();
    if let Some(body) = body.as_object_mut() {
        body.remove("request_id");
    }
    (reply.status, headers, body)
}

/// The value of a metric without labels.
async fn metric(app: &TestApp, name: &str) -> u64 {
    let text = app.get("/metrics", "").await.text;
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    line.unwrap_or_else(|| panic!("no {name} in {text}"))
        .trim()
        .parse()
        .unwrap()
}
