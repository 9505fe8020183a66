//! Staff on users, by session and by key.

use serde_json::{Value, json};

use crate::support::TestApp;

#[tokio::test]
async fn staff_find_and_change_users() {
    let app = TestApp::start().await;
    let jane = app.register("jane_dealer").await;
    app.register("john_dealer").await;
    let key = app.service_key(&["admin"]);
    let list = app
        .get("/api/v1/admin/users/?search=JANE", &key)
        .await
        .expect(200);
    assert_eq!(list["count"], 1);
    assert_eq!(list["results"][0]["uid"], jane.uid);
    let list = app
        .get("/api/v1/admin/users/?email=JANE_dealer@example.com", &key)
        .await
        .expect(200);
    assert_eq!(list["count"], 1);
    let all = app.get("/api/v1/admin/users/", &key).await.expect(200);
    assert_eq!(all["count"], 2);
    assert_eq!(all["results"][0]["username"], "john_dealer");
    // What stands for something in a search pattern stands for itself.
    let none = app
        .get("/api/v1/admin/users/?search=%25", &key)
        .await
        .expect(200);
    assert_eq!(none["count"], 0);

    let path = format!("/api/v1/admin/users/{}/", jane.uid);
    let seen = app.get(&path, &key).await;
    assert!(seen.json()["last_seen_at"].is_string(), "{}", seen.text);
    let names = seen.field_order();
    assert_eq!(names[0], "uid");
    assert_eq!(
        names[names.len() - 6..],
        [
            "is_admin",
            "is_suspended",
            "suspended_at",
            "last_seen_at",
            "other_id",
            "features"
        ]
    );
    let change = json!({"can_manage_api_environment": true, "other_id": "crm-17"});
    let changed = app.patch(&path, &key, change).await.expect(200);
    assert_eq!(changed["can_manage_api_environment"], true);
    assert_eq!(changed["other_id"], "crm-17");
    let me = app.get("/api/v1/user/me/", &jane.access).await.expect(200);
    assert_eq!(me["can_manage_api_environment"], true);

    let features = json!({"beta": true, "limit": 5});
    let put = app
        .send("PUT", &format!("{path}features/"), &key, features.clone())
        .await
        .expect(200);
    assert_eq!(put["features"], features);
    let status = json!({"customer_status": "gold"});
    app.send("PUT", &format!("{path}subscription/"), &key, status)
        .await
        .bad_fields(&[("customer_status", "invalid_choice")]);
}

#[tokio::test]
async fn only_staff_may() {
    let app = TestApp::start().await;
    let user = app.register("jane_dealer").await;
    let weak_key = app.service_key(&["users:read"]);
    for path in [
        "/api/v1/admin/users/".to_owned(),
        format!("/api/v1/admin/users/{}/", user.uid),
        "/api/v1/admin/inquiries/".to_owned(),
    ] {
        app.get(&path, "").await.problem(401, "not_authenticated");
        app.get(&path, &user.access).await.problem(403, "forbidden");
        app.get(&path, &weak_key).await.problem(403, "forbidden");
        app.get(&path, "vst_nonsense")
            .await
            .problem(401, "invalid_token");
    }
    let key = app.service_key(&["admin"]);
    app.get("/api/v1/user/me/", &key)
        .await
        .problem(403, "forbidden");
    let by_header = app
        .request("GET", "/api/v1/admin/users/")
        .header("x-api-key", &key)
        .send()
        .await
        .unwrap();
    assert_eq!(by_header.status(), 200);
    // A bad higher credential is not made good by a lower one.
    let mixed = app
        .request("GET", "/api/v1/admin/users/")
        .header("authorization", "Bearer nonsense")
        .header("x-api-key", &key)
        .send()
        .await
        .unwrap();
    assert_eq!(mixed.status(), 401);
}

#[tokio::test]
async fn staff_rights_are_given_by_an_administrators_session() {
    let app = TestApp::start().await;
    let user = app.register("jane_dealer").await;
    let key = app.service_key(&["admin"]);
    let admin = app.admin().await;
    let path = format!("/api/v1/admin/users/{}/", user.uid);
    app.patch(&path, &key, json!({"is_admin": true}))
        .await
        .problem(403, "forbidden");
    app.patch(
        &path,
        &admin.access,
        json!({"is_admin": true, "current_password": "wrong"}),
    )
    .await
    .bad_fields(&[("current_password", "incorrect")]);
    let changed = app
        .patch(&path, &admin.access, json!({"is_admin": true}))
        .await
        .expect(200);
    assert_eq!(changed["is_admin"], true);
    app.get("/api/v1/admin/users/", &user.access)
        .await
        .expect(200);
    app.patch(&path, &admin.access, json!({"is_admin": false}))
        .await
        .expect(200);
    app.get("/api/v1/admin/users/", &user.access)
        .await
        .problem(403, "forbidden");
    app.get("/api/v1/admin/users/usr_nonsense/", &admin.access)
        .await
        .problem(404, "not_found");
    let unknown = app
        .post("/api/v1/admin/users/x/suspend/", &admin.access, Value::Null)
        .await;
    unknown.problem(404, "not_found");
}
