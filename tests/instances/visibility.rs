//! What one instance changes, another shows within 100 ms, and refuses a
//! session that was ended.

use std::future::Future;
use std::time::Instant;

use serde_json::{Value, json};

use super::{ME, SEEN_WITHIN, bio, warm};
use crate::support::{PASSWORD, Reply, TestApp};

/// Asks again and again, right after an answer: a request sent later than the
/// limit must see what was answered.
async fn is_seen<Asked: Future<Output = Reply>>(
    what: &str,
    ask: impl Fn() -> Asked,
    changed: impl Fn(&Reply) -> bool,
) {
    let answered = Instant::now();
    loop {
        let sent = answered.elapsed();
        let reply = ask().await;
        if changed(&reply) {
            return;
        }
        assert!(
            sent < SEEN_WITHIN,
            "{what}, asked {sent:?} after the answer: {} {}",
            reply.status,
            reply.text
        );
    }
}

fn is_refused(reply: &Reply) -> bool {
    reply.status == 401
}

#[tokio::test]
async fn a_logout_is_seen_by_the_other_instance() {
    let here = TestApp::start().await;
    let there = here.beside(&[]).await;
    let user = here.register("vinyl_dealer").await;
    for _ in 0..10 {
        let session = there.login("vinyl_dealer").await;
        warm(&there, &session).await;
        here.post("/api/auth/logout/", &session.access, Value::Null)
            .await
            .expect(200);
        is_seen("a logout", || there.get(ME, &session.access), is_refused).await;
        let refresh = json!({"refresh": session.refresh});
        there
            .post("/api/auth/token/refresh/", "", refresh)
            .await
            .problem(401, "invalid_token");
    }
    there.get(ME, &user.access).await.expect(200);
}

#[tokio::test]
async fn a_password_change_ends_sessions_on_the_other_instance() {
    let here = TestApp::start().await;
    let there = here.beside(&[]).await;
    let user = here.register("vinyl_dealer").await;
    let other = there.login("vinyl_dealer").await;
    warm(&there, &user).await;
    warm(&there, &other).await;
    let new = "NewSecure456";
    let change =
        json!({"current_password": PASSWORD, "new_password": new, "confirm_password": new});
    here.post("/api/v1/user/password/", &user.access, change)
        .await
        .expect(200);
    is_seen(
        "a password change",
        || there.get(ME, &other.access),
        is_refused,
    )
    .await;
    there.get(ME, &user.access).await.expect(200);
    there.login_with("vinyl_dealer", new).await;
}

#[tokio::test]
async fn a_suspension_is_seen_by_the_other_instance() {
    let here = TestApp::start().await;
    let there = here.beside(&[]).await;
    let user = here.register("vinyl_dealer").await;
    let key = here.service_key(&["admin"]);
    let path = format!("/api/v1/admin/users/{}", user.uid);
    for _ in 0..5 {
        let session = there.login("vinyl_dealer").await;
        warm(&there, &session).await;
        here.post(&format!("{path}/suspend/"), &key, Value::Null)
            .await
            .expect(200);
        is_seen(
            "a suspension",
            || there.get(ME, &session.access),
            is_refused,
        )
        .await;
        there
            .post(&format!("{path}/unsuspend/"), &key, Value::Null)
            .await
            .expect(200);
    }
}

#[tokio::test]
async fn a_change_of_the_profile_is_seen_by_the_other_instance() {
    let here = TestApp::start().await;
    let there = here.beside(&[]).await;
    let user = here.register("vinyl_dealer").await;
    for round in 0..50 {
        // In turn, so that each instance has an entry to lose.
        let (writer, reader) = if round % 2 == 0 {
            (&here, &there)
        } else {
            (&there, &here)
        };
        warm(reader, &user).await;
        let text = format!("round {round}");
        writer.patch(ME, &user.access, bio(&text)).await.expect(200);
        is_seen(
            "a PATCH",
            || reader.get(ME, &user.access),
            |reply| reply.json()["bio"] == text.as_str(),
        )
        .await;
    }
}

#[tokio::test]
async fn what_the_command_line_changes_is_seen_by_each_instance() {
    let here = TestApp::start().await;
    let there = here.beside(&[]).await;
    let boss = there.admin().await;
    let key = there.service_key(&["admin"]);
    for app in [&here, &there] {
        app.get(ME, &boss.access).await.expect(200);
        app.get("/api/v1/admin/users/", &key).await.expect(200);
    }
}

#[tokio::test]
async fn an_api_key_that_is_rotated_revoked_or_disabled_is_refused_by_the_other_instance() {
    let here = TestApp::start().await;
    let there = here.beside(&[]).await;
    let staff = here.service_key(&["admin"]);
    let user = here.register("vinyl_dealer").await;
    let of_user = format!("/api/v1/admin/users/{}/", user.uid);
    let right = |may: bool| json!({"can_manage_api_environment": may});
    here.patch(&of_user, &staff, right(true)).await.expect(200);
    for _ in 0..5 {
        let made = here.post("/api/v1/api-keys/", &user.access, json!({"name": "x"}));
        let made = made.await.expect(201);
        let text = |value: &Value| value["key"].as_str().unwrap().to_owned();
        let path = format!("/api/v1/api-keys/{}/", made["uid"].as_str().unwrap());
        let key = text(&made);
        let warm = async |key: &str| {
            for _ in 0..2 {
                there.get(ME, key).await.expect(200);
            }
        };
        warm(&key).await;
        here.patch(&of_user, &staff, right(false)).await.expect(200);
        is_seen("a lost right", || there.get(ME, &key), is_refused).await;
        here.patch(&of_user, &staff, right(true)).await.expect(200);
        is_seen(
            "a given right",
            || there.get(ME, &key),
            |reply| reply.status == 200,
        )
        .await;
        let rotated = here
            .post(&format!("{path}rotate/"), &user.access, Value::Null)
            .await;
        let new = text(&rotated.expect(200));
        is_seen("a rotation", || there.get(ME, &key), is_refused).await;
        warm(&new).await;
        here.delete(&path, &user.access).await.expect(204);
        is_seen("a deletion", || there.get(ME, &new), is_refused).await;
    }
}

/// However many members there are: what the other instance shows of their
/// organization is outdated by one number.
#[tokio::test]
async fn a_rename_of_an_organization_is_seen_by_the_other_instance() {
    let here = TestApp::start().await;
    let there = here.beside(&[]).await;
    let user = here.register("vinyl_dealer").await;
    let body = json!({"display_name": "Before"});
    let made = here
        .post("/api/v1/organizations/", &user.access, body)
        .await
        .expect(201);
    let path = format!("/api/v1/organizations/{}/", made["uid"].as_str().unwrap());
    for round in 0..10 {
        warm(&there, &user).await;
        let name = format!("Round {round}");
        let body = json!({"display_name": name});
        here.patch(&path, &user.access, body).await.expect(200);
        let shows = |reply: &Reply| reply.json()["organization"]["display_name"] == name.as_str();
        is_seen("a rename", || there.get(ME, &user.access), shows).await;
    }
    here.delete(&path, &user.access).await.expect(204);
    let none = |reply: &Reply| reply.json()["organization"].is_null();
    is_seen("a deletion", || there.get(ME, &user.access), none).await;
}
