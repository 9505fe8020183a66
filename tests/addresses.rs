//! Postal addresses and which of them is primary.

use serde_json::{Value, json};

use crate::support::{Account, TestApp};

const PATH: &str = "/api/v1/user/me/addresses/";

async fn add(app: &TestApp, user: &Account, name: &str, is_primary: bool) -> Value {
    let body = json!({
        "name": name, "line1": "1 Main St", "city": "Chicago", "country": "US",
        "is_primary": is_primary,
    });
    app.post(PATH, &user.access, body).await.expect(201)
}

async fn primary(app: &TestApp, user: &Account) -> Vec<String> {
    let list = app.get(PATH, &user.access).await.expect(200);
    let results = list["results"].as_array().unwrap();
    results
        .iter()
        .filter(|address| address["is_primary"] == true)
        .map(|address| address["name"].as_str().unwrap().to_owned())
        .collect()
}

fn path_of(address: &Value) -> String {
    format!("{PATH}{}/", address["uid"].as_str().unwrap())
}

#[tokio::test]
async fn one_address_is_always_primary() {
    let app = TestApp::start().await;
    let user = app.register("vinyl_dealer").await;
    let first = add(&app, &user, "first", false).await;
    assert_eq!(first["is_primary"], true);
    let second = add(&app, &user, "second", false).await;
    assert_eq!(second["is_primary"], false);
    let third = add(&app, &user, "third", true).await;
    assert_eq!(third["is_primary"], true);
    assert_eq!(primary(&app, &user).await, ["third"]);

    let body = json!({"is_primary": true, "name": "the second"});
    let changed = app
        .patch(&path_of(&second), &user.access, body)
        .await
        .expect(200);
    assert_eq!(changed["is_primary"], true);
    assert_eq!(primary(&app, &user).await, ["the second"]);
    app.patch(
        &path_of(&second),
        &user.access,
        json!({"is_primary": false}),
    )
    .await
    .bad_fields(&[("is_primary", "primary_required")]);

    app.delete(&path_of(&second), &user.access)
        .await
        .expect(204);
    assert_eq!(primary(&app, &user).await, ["first"]);
    app.get(&path_of(&second), &user.access)
        .await
        .problem(404, "not_found");
}

#[tokio::test]
async fn the_object_has_the_documented_shape() {
    let app = TestApp::start().await;
    let user = app.register("vinyl_dealer").await;
    let body = json!({
        "name": "Jane Smith", "line1": "1 Main St", "line2": "Flat 2", "city": "Chicago",
        "region": "IL", "postal_code": "60601", "country": "US",
    });
    let reply = app.post(PATH, &user.access, body.clone()).await;
    let address = reply.expect(201);
    assert_eq!(
        reply.field_order(),
        [
            "uid",
            "name",
            "line1",
            "line2",
            "city",
            "region",
            "postal_code",
            "country",
            "is_primary",
            "created_at",
            "updated_at"
        ]
    );
    for (name, value) in body.as_object().unwrap() {
        assert_eq!(&address[name], value);
    }
    assert!(reply.header("location").ends_with(&path_of(&address)));
    let cleared = json!({"line2": null, "region": null, "postal_code": null});
    let address = app
        .patch(&path_of(&address), &user.access, cleared)
        .await
        .expect(200);
    for name in ["line2", "region", "postal_code"] {
        assert_eq!(address[name], json!(null));
    }
    app.patch(&path_of(&address), &user.access, address.clone())
        .await
        .expect(200);
    app.post(
        PATH,
        &user.access,
        json!({"name": "", "line1": null, "country": "USA", "zip": "1"}),
    )
    .await
    .bad_fields(&[
        ("name", "required"),
        ("line1", "not_nullable"),
        ("city", "required"),
        ("country", "invalid_choice"),
        ("zip", "unknown_field"),
    ]);
}
