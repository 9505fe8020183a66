//! Support inquiries, from the question to the reply.

use serde_json::{Value, json};

use crate::support::TestApp;

#[tokio::test]
async fn staff_reply_to_an_inquiry() {
    let app = TestApp::start().await;
    let user = app.register("vinyl_dealer").await;
    let admin = app.admin().await;
    let inquiry = json!({"subject": "Import issue", "message": "It is stuck.\nHelp!"});
    let inquiry = app
        .post("/api/v1/support/", &user.access, inquiry)
        .await
        .expect(201);
    let uid = inquiry["uid"].as_str().unwrap();

    let open = app
        .get("/api/v1/admin/inquiries/?status=open", &admin.access)
        .await
        .expect(200);
    assert_eq!(open["count"], 1);
    assert_eq!(
        open["results"][0]["user"],
        json!({"uid": user.uid, "username": user.username, "email": user.email})
    );
    let path = format!("/api/v1/admin/inquiries/{uid}");
    let reply = app
        .post(
            &format!("{path}/replies/"),
            &admin.access,
            json!({"message": "Fixed."}),
        )
        .await
        .expect(201);
    assert_eq!(reply["status"], "answered");
    let own = app
        .get(&format!("/api/v1/support/inquiries/{uid}/"), &user.access)
        .await
        .expect(200);
    assert_eq!(own["status"], "answered");
    assert_eq!(own["replies"].as_array().unwrap().len(), 1);
    assert_eq!(own["replies"][0]["author"], "staff");
    assert_eq!(own["replies"][0]["message"], "Fixed.");
    assert!(
        own["replies"][0]["uid"]
            .as_str()
            .unwrap()
            .starts_with("rpl_")
    );

    let closed = app
        .patch(
            &format!("{path}/"),
            &admin.access,
            json!({"status": "closed"}),
        )
        .await
        .expect(200);
    assert_eq!(closed["status"], "closed");
    let open = app
        .get("/api/v1/admin/inquiries/?status=open", &admin.access)
        .await
        .expect(200);
    assert_eq!(open["count"], 0);
    app.get("/api/v1/admin/inquiries/?status=lost", &admin.access)
        .await
        .bad_fields(&[("status", "invalid_choice")]);
    app.get("/api/v1/admin/inquiries/", &user.access)
        .await
        .problem(403, "forbidden");
    app.get(&format!("{path}/"), &user.access)
        .await
        .problem(403, "forbidden");
}

#[tokio::test]
async fn open_inquiries_have_a_quota() {
    let app = TestApp::start_with(&[("VESTIBULE_QUOTAS__INQUIRIES", "2")]).await;
    let user = app.register("vinyl_dealer").await;
    let key = app.service_key(&["admin"]);
    let submit = || {
        let body = json!({"subject": "s", "message": "m"});
        app.post("/api/v1/support/", &user.access, body)
    };
    let first = submit().await.expect(201);
    submit().await.expect(201);
    submit().await.problem(409, "quota_exceeded");
    let path = format!(
        "/api/v1/admin/inquiries/{}/",
        first["uid"].as_str().unwrap()
    );
    app.patch(&path, &key, json!({"status": "closed"}))
        .await
        .expect(200);
    submit().await.expect(201);
}

#[tokio::test]
async fn an_inquiry_is_checked() {
    let app = TestApp::start().await;
    let user = app.register("vinyl_dealer").await;
    let body = json!({"subject": "x".repeat(201), "message": "\u{7}"});
    app.post("/api/v1/support/", &user.access, body)
        .await
        .bad_fields(&[("subject", "too_long"), ("message", "control_character")]);
    app.post("/api/v1/support/", &user.access, Value::Null)
        .await
        .bad_fields(&[("subject", "required"), ("message", "required")]);
}
