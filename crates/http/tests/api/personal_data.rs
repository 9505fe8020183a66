//! The security log, the export and the deletion of an account.

use std::time::Duration;

use actix_web::http::StatusCode;
use serde_json::{Value, json};
use vestibule_domain::outbox::Mail;
use vestibule_domain::personal_data::EXPORT_PARTS;

use crate::site::{As, PASSWORD, TestSite, invalid, refused};

const ME: &str = "/api/v1/user/me/";
const ACTIVITY: &str = "/api/v1/user/me/activity/";
const EXPORT: &str = "/api/v1/user/me/export/";

/// Past the time in which a login counts as recent, within that of a token.
fn later(site: &TestSite) {
    site.test.clock.advance(Duration::from_mins(6));
}

#[actix_web::test]
async fn the_log_tells_what_happened_newest_first() {
    let site = TestSite::open().await;
    let (ada, me) = site.user("ada").await;
    let (admin, _) = site.admin("grace").await;
    let path = format!("/api/v1/admin/users/{}/", me["uid"].as_str().expect("uid"));
    let rights = json!({"can_manage_api_environment": true});
    site.patch(&admin, &path, rights).await.json(StatusCode::OK);
    let agent = [("User-Agent", "Probe/1.0")];
    let body = json!({"username": "ada", "password": PASSWORD});
    site.send(&As::Nobody, "POST", "/api/auth/login/", Some(&body), &agent)
        .await
        .json(StatusCode::OK);
    let list = site.get(&ada, ACTIVITY).await.json(StatusCode::OK);
    let rows = list["results"].as_array().expect("rows");
    let events: Vec<_> = rows.iter().map(|row| row["event"].clone()).collect();
    assert_eq!(
        events,
        [
            "session.created",
            "account.administered",
            "session.created",
            "account.created"
        ]
    );
    assert_eq!(rows[0]["user_agent"], "Probe/1.0");
    assert_eq!(rows[0]["details"], json!({}));
    assert!(rows[0]["uid"].as_str().expect("uid").starts_with("act_"));
    assert!(
        rows[0]["session"]
            .as_str()
            .expect("sid")
            .starts_with("ses_")
    );
    assert_eq!(rows[1]["session"], Value::Null);
    let told = json!({"can_manage_api_environment": true});
    assert_eq!(rows[1]["details"], told);
    let page = site.get(&ada, &format!("{ACTIVITY}?page_size=3")).await;
    assert!(page.json(StatusCode::OK)["next"].is_string());
}

#[actix_web::test]
async fn the_export_has_every_part_in_the_shapes_of_the_other_endpoints() {
    let site = TestSite::open().await;
    let (ada, _) = site.user("ada").await;
    let address = json!({
        "name": "Ada", "line1": "12 Main St", "city": "London", "country": "GB",
    });
    let addresses = "/api/v1/user/me/addresses/";
    let address = site.post(&ada, addresses, address).await;
    let device = json!({"token": "token", "platform": "ios"});
    let register = "/api/v1/device-tokens/register/";
    let device = site.post(&ada, register, device).await;
    let inquiry = json!({"subject": "Help", "message": "Me"});
    let inquiry = site.post(&ada, "/api/v1/support/", inquiry).await;
    let message = json!({"body": "Hi", "visibility": "private"});
    let message = site.post(&ada, "/api/v1/messages/", message).await;
    let settings = json!({"colour": "blue"});
    site.patch(&ada, "/api/v1/user/me/settings/", settings)
        .await
        .json(StatusCode::OK);
    let answer = site.get(&ada, EXPORT).await;
    assert_eq!(answer.header("cache-control"), "no-store");
    assert!(answer.header("content-disposition").contains("attachment"));
    let mut parts = vec!["exported_at"];
    parts.extend(EXPORT_PARTS);
    assert_eq!(answer.keys(), parts);
    let export = answer.json(StatusCode::OK);
    let created = StatusCode::CREATED;
    assert_eq!(
        export["user"],
        site.get(&ada, ME).await.json(StatusCode::OK)
    );
    assert_eq!(export["settings"], json!({"colour": "blue"}));
    assert_eq!(export["addresses"], json!([address.json(created)]));
    assert_eq!(export["device_tokens"], json!([device.json(created)]));
    assert_eq!(export["messages"], json!([message.json(created)]));
    let sessions = site.get(&ada, "/api/v1/user/me/sessions/").await;
    assert_eq!(export["sessions"], sessions.json(StatusCode::OK)["results"]);
    let mut inquiry = inquiry.json(created);
    inquiry["replies"] = json!([]);
    assert_eq!(export["inquiries"], json!([inquiry]));
    let log = site.get(&ada, ACTIVITY).await.json(StatusCode::OK);
    assert_eq!(export["activity"], log["results"]);
}

#[actix_web::test]
async fn long_lists_are_exported_whole() {
    let site = TestSite::open().await;
    let (ada, _) = site.user("ada").await;
    for number in 0..401 {
        let body = json!({"body": format!("{number}")});
        site.post(&ada, "/api/v1/messages/", body).await;
    }
    let export = site.get(&ada, EXPORT).await.json(StatusCode::OK);
    let messages = export["messages"].as_array().expect("messages");
    let bodies = messages.iter().map(|message| message["body"].clone());
    let expected = (0..401).rev().map(|number| Value::from(number.to_string()));
    assert!(bodies.eq(expected));
}

#[actix_web::test]
async fn the_export_wants_a_recent_login_or_the_password() {
    let site = TestSite::open().await;
    let (ada, _) = site.user("ada").await;
    let sent = async |password: &str| {
        let headers = [("X-Current-Password", password)];
        site.send(&ada, "GET", EXPORT, None, &headers).await
    };
    let wrong = invalid(&[("X-Current-Password", "incorrect")]);
    assert_eq!(
        sent("wrong").await.problem(),
        wrong,
        "what is sent is checked"
    );
    later(&site);
    let answer = site.get(&ada, EXPORT).await;
    assert_eq!(answer.problem(), refused(403, "reauthentication_required"));
    assert!(String::from_utf8_lossy(&answer.body).contains("X-Current-Password"));
    assert_eq!(sent("wrong").await.problem(), wrong);
    sent(PASSWORD).await.json(StatusCode::OK);
}

#[actix_web::test]
async fn the_deletion_wants_a_recent_login_or_the_password() {
    let site = TestSite::open().await;
    let (ada, _) = site.user("ada").await;
    let delete = async |body: Value| site.send(&ada, "DELETE", ME, Some(&body), &[]).await;
    let wrong = delete(json!({"current_password": "wrong"})).await;
    let incorrect = invalid(&[("current_password", "incorrect")]);
    assert_eq!(wrong.problem(), incorrect);
    let unknown = delete(json!({"password": PASSWORD})).await;
    assert_eq!(unknown.problem(), invalid(&[("password", "unknown_field")]));
    later(&site);
    let answer = site.delete(&ada, ME).await;
    assert_eq!(answer.problem(), refused(403, "reauthentication_required"));
    let answer = delete(json!({"current_password": PASSWORD})).await;
    assert_eq!(answer.status, 204);
    assert_eq!(answer.body, "");
    assert_eq!(answer.header("clear-site-data"), "\"cache\", \"storage\"");
    let cookie = answer.header("set-cookie");
    assert!(cookie.starts_with("__Host-vestibule_session=;"), "{cookie}");
    assert!(cookie.contains("Max-Age=0"), "{cookie}");
}

#[actix_web::test]
async fn a_deleted_account_is_gone_and_its_names_are_free() {
    let site = TestSite::open().await;
    let (ada, me) = site.user("ada").await;
    let (bob, _) = site.user("bob").await;
    let message = json!({"body": "Hi"});
    site.post(&ada, "/api/v1/messages/", message).await;
    assert_eq!(site.delete(&ada, ME).await.status, 204);
    assert_eq!(site.get(&ada, ME).await.status, 401);
    assert_eq!(site.delete(&ada, ME).await.status, 401);
    let login = json!({"username": "ada", "password": PASSWORD});
    let login = site.post(&As::Nobody, "/api/auth/login/", login).await;
    assert_eq!(login.status, 401);
    let of_ada = "/api/v1/users/ada/messages/";
    assert_eq!(site.get(&bob, of_ada).await.status, 404);
    site.get(&bob, ME).await.json(StatusCode::OK);
    let (again, new) = site.user("ada").await;
    assert_ne!(new["uid"], me["uid"]);
    let own = site.get(&again, "/api/v1/messages/").await;
    assert_eq!(own.json(StatusCode::OK)["count"], 0);
}

#[actix_web::test]
async fn the_owner_is_told_at_the_address_that_the_account_had() {
    let site = TestSite::open().await;
    let (ada, _) = site.user("ada").await;
    let outbox = &site.test.app.outbox;
    outbox.deliver_due().await.expect("the verification mail");
    site.test.mailbox.take();
    assert_eq!(site.delete(&ada, ME).await.status, 204);
    outbox.deliver_due().await.expect("the farewell");
    let letters = site.test.mailbox.take().into_iter();
    let letters: Vec<_> = letters.map(|(_, mail)| mail).collect();
    let farewell = Mail::AccountDeleted {
        to: "ada@example.com".to_owned(),
        username: "ada".to_owned(),
    };
    assert_eq!(letters, [farewell]);
}
