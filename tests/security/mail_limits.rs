//! Whatever mails an address that somebody typed does so three times an hour.

use serde_json::json;

use super::{THROTTLED, is_throttled};
use crate::support::TestApp;

const HOUR: u64 = 3600;

#[tokio::test]
async fn changes_of_the_address_mail_a_new_address_three_times_an_hour() {
    let app = TestApp::start_with(THROTTLED).await;
    let (ada, bob) = (app.register("ada").await, app.register("bob").await);
    let path = "/api/v1/user/me/email-change/";
    let body = json!({"email": "new@example.com"});
    // Whoever asks: it is the address that is spared.
    for user in [&ada, &bob, &ada] {
        app.post(path, &user.access, body.clone()).await.expect(202);
    }
    let before = app.get(path, &bob.access).await.expect(200);
    let refused = app
        .post(path, &bob.access, json!({"email": "NEW@example.com"}))
        .await;
    is_throttled(&refused, 3, HOUR);
    assert_eq!(app.get(path, &bob.access).await.expect(200), before);
    let other = json!({"email": "other@example.com"});
    app.post(path, &bob.access, other).await.expect(202);
}

#[tokio::test]
async fn invitations_mail_an_address_three_times_an_hour() {
    let app = TestApp::start_with(THROTTLED).await;
    let user = app.register("ada").await;
    let list = "/api/v1/organizations/";
    let mut paths = Vec::new();
    for name in ["one", "two", "three", "four"] {
        let made = app
            .post(list, &user.access, json!({"display_name": name}))
            .await;
        let uid = made.expect(201)["uid"].as_str().unwrap().to_owned();
        paths.push(format!("{list}{uid}/invitations/"));
    }
    let body = json!({"email": "guest@example.com", "role": "member"});
    for path in &paths[..3] {
        app.post(path, &user.access, body.clone()).await.expect(201);
    }
    let refused = app.post(&paths[3], &user.access, body).await;
    is_throttled(&refused, 3, HOUR);
    let left = app.get(&paths[3], &user.access).await.expect(200);
    assert_eq!(left["count"], 0);
}
