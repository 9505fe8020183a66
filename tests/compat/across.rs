//! What is changed through one dialect is seen natively and through all others
//! at the next request.

use serde_json::{Value, json};

use crate::support::{Account, TestApp};

const ME: &str = "/api/v1/user/me/";

/// What every door shows of the user: native, BoltonSea, Exante, InterlinedList.
struct Seen {
    me: Value,
    boltonsea: Value,
    exante: Value,
    interlinedlist: Value,
}

async fn see(app: &TestApp, user: &Account) -> Seen {
    let read = async |path: &str| app.get(path, &user.access).await.expect(200);
    let unchanged = app.send("PATCH", "/api/user", &user.access, json!({}));
    Seen {
        me: read(ME).await,
        boltonsea: read("/users").await,
        exante: unchanged.await.expect(200)["data"]["user"].clone(),
        interlinedlist: read("/api/user").await,
    }
}

impl Seen {
    /// All that several doors show is the same everywhere.
    #[track_caller]
    fn agrees(&self, first_name: &str, last_name: &str, country: &str, timezone: &str) {
        let Self {
            me,
            boltonsea,
            exante,
            interlinedlist,
        } = self;
        let full = format!("{first_name} {last_name}");
        for (shown, expected) in [
            (&me["first_name"], first_name),
            (&boltonsea["first_name"], first_name),
            (&exante["firstname"], first_name),
            (&me["last_name"], last_name),
            (&boltonsea["last_name"], last_name),
            (&exante["lastname"], last_name),
            (&boltonsea["name"], &full),
            (&exante["fullname"], &full),
            (&interlinedlist["displayName"], &full),
            (&me["preferences"]["country"], country),
            (&boltonsea["country_id"], country),
            (&me["preferences"]["timezone"], timezone),
            (&exante["timezone"], timezone),
        ] {
            assert_eq!(
                shown, expected,
                "{me} {boltonsea} {exante} {interlinedlist}"
            );
        }
        for id in [&boltonsea["id"], &exante["id"], &interlinedlist["id"]] {
            assert_eq!(*id, me["uid"]);
        }
        let emails = [
            &boltonsea["email"],
            &exante["email"],
            &interlinedlist["email"],
        ];
        assert_eq!(emails, [&me["email"]; 3]);
        let default = me["organization"]["display_name"].as_str();
        let account = boltonsea["default_account"]["organization_name"].as_str();
        assert_eq!(account, default);
        let of_exante = exante["organizations"].as_array().unwrap().iter();
        let of_exante = of_exante
            .filter(|organization| organization["uid"] == exante["default_organization"])
            .find_map(|organization| organization["name"].as_str());
        assert_eq!(of_exante, default);
    }
}

#[tokio::test]
async fn what_one_door_changes_all_others_show() {
    let app = TestApp::start().await;
    let user = app.register("ada").await;
    let access = &user.access;
    let native = json!({
        "first_name": "Nora", "last_name": "Native",
        "preferences": {"country": "NO", "timezone": "Europe/Oslo"},
    });
    app.patch(ME, access, native).await.expect(200);
    see(&app, &user)
        .await
        .agrees("Nora", "Native", "NO", "Europe/Oslo");

    let boltonsea = json!({
        "country_id": "CA", "email": user.email, "first_name": "Bolton", "last_name": "Sea",
        "other_id": "crm-7",
    });
    app.send("PUT", "/users", access, boltonsea)
        .await
        .expect(200);
    see(&app, &user)
        .await
        .agrees("Bolton", "Sea", "CA", "Europe/Oslo");
    let staff = app.service_key(&["admin"]);
    let path = format!("/api/v1/admin/users/{}/", user.uid);
    let shown = app.get(&path, &staff).await.expect(200);
    assert_eq!(shown["other_id"], "crm-7");

    let exante = json!({
        "firstname": "Exa", "lastname": "Nte", "timezone": "America/New_York",
        "settings": {"theme": "dark"},
    });
    app.patch("/api/user", access, exante).await.expect(200);
    see(&app, &user)
        .await
        .agrees("Exa", "Nte", "CA", "America/New_York");
    let settings = app.get("/api/v1/user/me/settings/", access).await;
    assert_eq!(settings.expect(200), json!({"theme": "dark"}));

    let interlined = json!({"displayName": "Inter Lined", "bio": "Sells vinyl."});
    app.patch("/api/user/update", access, interlined)
        .await
        .expect(200);
    let seen = see(&app, &user).await;
    assert_eq!(seen.me["preferences"]["preferred_name"], "Inter Lined");
    assert_eq!(seen.me["bio"], "Sells vinyl.");
    assert_eq!(seen.interlinedlist["displayName"], "Inter Lined");
}

#[tokio::test]
async fn the_default_organization_is_one_everywhere() {
    let app = TestApp::start().await;
    let user = app.register("ada").await;
    let access = &user.access;
    let mut numbers = Vec::new();
    let mut uids = Vec::new();
    for name in ["Acme", "Looms", "Mills"] {
        let body = json!({"display_name": name});
        let made = app.post("/api/v1/organizations/", access, body).await;
        let made = made.expect(201);
        numbers.push(made["number"].clone());
        uids.push(made["uid"].clone());
    }
    let names = |seen: &Seen| {
        let default = &seen.me["organization"]["display_name"];
        assert_eq!(
            seen.boltonsea["default_account"]["organization_name"],
            *default
        );
        let organizations = seen.exante["organizations"].as_array().unwrap();
        let shown = organizations
            .iter()
            .find(|one| one["uid"] == seen.exante["default_organization"])
            .unwrap();
        assert_eq!(shown["name"], *default);
        assert_eq!(seen.exante["active_company"]["name"], *default);
        (default.as_str().unwrap().to_owned(), shown["uid"].clone())
    };
    let (first, acme) = names(&see(&app, &user).await);
    assert_eq!(first, "Acme");

    let by_number = json!({"organization_id": numbers[1]});
    app.send("PUT", "/users/default-account", access, by_number)
        .await
        .expect(200);
    assert_eq!(names(&see(&app, &user).await).0, "Looms");

    let by_uuid = json!({"default_organization": acme});
    app.patch("/api/user", access, by_uuid).await.expect(200);
    assert_eq!(names(&see(&app, &user).await).0, "Acme");

    let natively = json!({"organization": uids[2]});
    let path = "/api/v1/user/me/default-organization/";
    app.send("PUT", path, access, natively).await.expect(200);
    assert_eq!(names(&see(&app, &user).await).0, "Mills");
}

#[tokio::test]
async fn who_is_deleted_through_one_door_is_gone_from_all() {
    let app = TestApp::start().await;
    let user = app.register("ada").await;
    see(&app, &user).await;
    app.delete("/users", &user.access).await.expect(204);
    for path in [ME, "/users", "/api/user"] {
        app.get(path, &user.access).await.expect(401);
    }
    app.patch("/api/user", &user.access, json!({}))
        .await
        .expect(401);
    app.register("ada").await;
}
