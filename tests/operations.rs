//! Health, metrics, logs, shutdown, files.

use std::time::Duration;

use crate::support::TestApp;

#[tokio::test]
async fn health_and_metrics_are_served() {
    let app = TestApp::start().await;
    let user = app.register("vinyl_dealer").await;
    app.get("/api/v1/user/me/", &user.access).await.expect(200);
    for path in ["/healthz", "/readyz"] {
        assert_eq!(app.get(path, "").await.status, 200, "{path}");
    }
    let metrics = app.get("/metrics", "").await;
    assert_eq!(metrics.status, 200);
    let line = metrics
        .text
        .lines()
        .find(|line| {
            line.starts_with("vestibule_http_requests_total")
                && line.contains("route=\"/api/v1/user/me/\"")
        })
        .unwrap_or_else(|| panic!("{}", metrics.text));
    assert!(line.contains("status=\"200\""), "{line}");
}

#[tokio::test]
async fn each_request_is_one_line_of_the_log() {
    let mut app = TestApp::start().await;
    let user = app.register("vinyl_dealer").await;
    let reply = app.get("/api/v1/user/me/?secret=1", &user.access).await;
    let id = reply.header("x-request-id").to_owned();
    app.stop();
    let log = app.log();
    let lines: Vec<_> = log.lines().filter(|line| line.contains(&id)).collect();
    assert_eq!(lines.len(), 1, "{log}");
    let line: serde_json::Value = serde_json::from_str(lines[0]).unwrap();
    assert!(line.to_string().contains("/api/v1/user/me/"), "{line}");
    assert!(!log.contains("secret=1"), "{log}");
}

#[tokio::test]
async fn a_stop_is_quick_and_clean() {
    let mut app = TestApp::start().await;
    app.register("vinyl_dealer").await;
    assert!(app.stop() < Duration::from_secs(30));
    app.launch().await;
    app.login("vinyl_dealer").await;
}

#[cfg(unix)]
#[tokio::test]
async fn secrets_and_letters_are_the_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;

    let app = TestApp::start().await;
    let user = app.register("vinyl_dealer").await;
    app.letters(&user.email, 1).await;
    let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o777;
    let mut seen = 0;
    for entry in std::fs::read_dir(app.data_dir().join("mail")).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
        seen += 1;
    }
    assert!(seen > 0);
    let secrets: Vec<_> = std::fs::read_dir(app.data_dir())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.file_name()
                .unwrap()
                .to_string_lossy()
                .contains("secret")
        })
        .collect();
    assert_eq!(secrets.len(), 1, "{secrets:?}");
    assert_eq!(mode(&secrets[0]), 0o600);
}
