//! From blocked to listing, one block after the other.

use serde_json::{Value, json};

use crate::support::{Account, TestApp};

async fn blocks(app: &TestApp, user: &Account) -> Vec<String> {
    let path = "/api/v1/user/me/listing-eligibility/";
    let report = app.get(path, &user.access).await.expect(200);
    let me = app.get("/api/v1/user/me/", &user.access).await.expect(200);
    let summary = &me["listing_eligibility"];
    assert_eq!(summary["can_list_items"], report["can_list_items"]);
    assert_eq!(summary["error_code"], report["error_code"]);
    let blocks = report["blocks"].as_array().unwrap();
    assert_eq!(report["can_list_items"], blocks.is_empty());
    match blocks.first() {
        None => assert_eq!(report["error_code"], Value::Null),
        Some(first) => {
            for field in ["uid", "slug", "message", "description"] {
                assert_eq!(report["error_code"][field], first[field]);
                assert!(!first[field].as_str().unwrap().is_empty());
            }
            assert_eq!(report["error_code"].as_object().unwrap().len(), 4);
        }
    }
    blocks
        .iter()
        .map(|block| block["slug"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn a_new_account_walks_from_blocked_to_listing() {
    let app = TestApp::start().await;
    let user = app.register("vinyl_dealer").await;
    assert_eq!(
        blocks(&app, &user).await,
        [
            "email_not_verified",
            "no_primary_address",
            "no_subscription"
        ]
    );

    let key = app.mailed(&user.email, 1, "key").await;
    let verify = "/api/auth/registration/verify-email/";
    assert_eq!(
        app.post(verify, "", json!({"key": key})).await.expect(200),
        json!({})
    );
    assert_eq!(
        blocks(&app, &user).await,
        ["no_primary_address", "no_subscription"]
    );
    app.post(verify, "", json!({"key": key}))
        .await
        .problem(400, "invalid_key");

    let address =
        json!({"name": "Jane Smith", "line1": "1 Main St", "city": "Chicago", "country": "US"});
    let address = app
        .post("/api/v1/user/me/addresses/", &user.access, address)
        .await
        .expect(201);
    assert_eq!(address["is_primary"], true);
    assert_eq!(blocks(&app, &user).await, ["no_subscription"]);

    let key = app.service_key(&["admin"]);
    let path = format!("/api/v1/admin/users/{}/subscription/", user.uid);
    let status = json!({"customer_status": "subscriber:monthly"});
    app.send("PUT", &path, &key, status).await.expect(200);
    assert_eq!(blocks(&app, &user).await, Vec::<String>::new());

    let path = format!(
        "/api/v1/user/me/addresses/{}/",
        address["uid"].as_str().unwrap()
    );
    app.delete(&path, &user.access).await.expect(204);
    assert_eq!(blocks(&app, &user).await, ["no_primary_address"]);
}

#[tokio::test]
async fn configuration_chooses_the_rules() {
    let rules = [(
        "VESTIBULE_ELIGIBILITY__RULES",
        "no_subscription,email_not_verified",
    )];
    let app = TestApp::start_with(&rules).await;
    let user = app.register("vinyl_dealer").await;
    assert_eq!(
        blocks(&app, &user).await,
        ["email_not_verified", "no_subscription"]
    );
}
