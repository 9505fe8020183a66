//! What is changed through one dialect is seen natively and through all others
//! at the next request.

use image::ImageFormat;
use serde_json::{Value, json};

use crate::support::pictures::photo;
use crate::support::{Account, Reply, TestApp};

const ME: &str = "/api/v1/user/me/";
const EPIXEL: &str = "/api/v1/user/get/profile/";

/// What every door shows of the user.
struct Seen {
    me: Value,
    boltonsea: Value,
    epixel: Value,
    exante: Value,
    interlinedlist: Value,
}

/// A user with a client of each dialect.
struct Client<'a> {
    app: &'a TestApp,
    user: Account,
    /// What says to Epixel which application calls.
    key: String,
}

impl<'a> Client<'a> {
    async fn of(app: &'a TestApp) -> Self {
        Self {
            user: app.register("ada").await,
            key: app.service_key(&["app"]),
            app,
        }
    }

    async fn call(&self, method: &str, path: &str, body: Value) -> Reply {
        self.app.send(method, path, &self.user.access, body).await
    }

    async fn read(&self, path: &str) -> Reply {
        let request = self.app.request("GET", path).header("apikey", &self.key);
        let request = request.bearer_auth(&self.user.access);
        Reply::read(request.send().await.unwrap()).await
    }

    async fn update_at_epixel(&self, body: &Value) {
        let request = self.app.request("POST", "/api/v1/user/update/profile/");
        let request = request
            .header("apikey", &self.key)
            .bearer_auth(&self.user.access);
        let answer = request.json(body).send().await.unwrap();
        Reply::read(answer).await.expect(200);
    }

    async fn see(&self) -> Seen {
        let unchanged = self.call("PATCH", "/api/user", json!({})).await;
        Seen {
            me: self.read(ME).await.expect(200),
            boltonsea: self.read("/users").await.expect(200),
            epixel: self.read(EPIXEL).await.expect(200)["data"].clone(),
            exante: unchanged.expect(200)["data"]["user"].clone(),
            interlinedlist: self.read("/api/user").await.expect(200),
        }
    }
}

impl Seen {
    /// All that several doors show is the same everywhere.
    #[track_caller]
    fn agrees(&self, first_name: &str, last_name: &str, country: &str, timezone: &str) {
        let Self {
            me,
            boltonsea,
            epixel,
            exante,
            interlinedlist,
        } = self;
        let profile = &epixel["UserProfile"][0];
        let full = format!("{first_name} {last_name}");
        for (shown, expected) in [
            (&me["first_name"], first_name),
            (&boltonsea["first_name"], first_name),
            (&exante["firstname"], first_name),
            (&profile["first_name"], first_name),
            (&me["last_name"], last_name),
            (&boltonsea["last_name"], last_name),
            (&exante["lastname"], last_name),
            (&profile["last_name"], last_name),
            (&boltonsea["name"], &full),
            (&exante["fullname"], &full),
            (&interlinedlist["displayName"], &full),
            (&me["preferences"]["country"], country),
            (&boltonsea["country_id"], country),
            (&me["preferences"]["timezone"], timezone),
            (&exante["timezone"], timezone),
            (&epixel["UserLocInfo"]["tz"], timezone),
        ] {
            assert_eq!(
                shown, expected,
                "{me} {boltonsea} {epixel} {exante} {interlinedlist}"
            );
        }
        for id in [&boltonsea["id"], &exante["id"], &interlinedlist["id"]] {
            assert_eq!(*id, me["uid"]);
        }
        let emails = [
            &boltonsea["email"],
            &profile["email"],
            &exante["email"],
            &interlinedlist["email"],
        ];
        assert_eq!(emails, [&me["email"]; 4]);
        assert_eq!(profile["username"], me["username"]);
        assert_eq!(interlinedlist["username"], me["username"]);
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
    let client = Client::of(&app).await;
    let native = json!({
        "first_name": "Nora", "last_name": "Native",
        "preferences": {"country": "NO", "timezone": "Europe/Oslo"},
    });
    client.call("PATCH", ME, native).await.expect(200);
    let seen = client.see().await;
    seen.agrees("Nora", "Native", "NO", "Europe/Oslo");

    let boltonsea = json!({
        "country_id": "CA", "email": client.user.email, "first_name": "Bolton",
        "last_name": "Sea", "other_id": "crm-7",
    });
    client.call("PUT", "/users", boltonsea).await.expect(200);
    let seen = client.see().await;
    seen.agrees("Bolton", "Sea", "CA", "Europe/Oslo");
    let staff = app.service_key(&["admin"]);
    let path = format!("/api/v1/admin/users/{}/", client.user.uid);
    let shown = app.get(&path, &staff).await.expect(200);
    assert_eq!(shown["other_id"], "crm-7");

    let epixel = json!({
        "email": client.user.email, "first_name": "Epi", "last_name": "Xel",
        "phone_number": "15551234567", "timezones": "Asia/Tokyo", "currencies": "JPY",
    });
    client.update_at_epixel(&epixel).await;
    let seen = client.see().await;
    seen.agrees("Epi", "Xel", "CA", "Asia/Tokyo");
    assert_eq!(seen.me["phone_number"], "+15551234567");
    assert_eq!(seen.me["preferences"]["currency_display"], "JPY");

    let exante = json!({
        "firstname": "Exa", "lastname": "Nte", "timezone": "America/New_York",
        "settings": {"theme": "dark"},
    });
    client.call("PATCH", "/api/user", exante).await.expect(200);
    let seen = client.see().await;
    seen.agrees("Exa", "Nte", "CA", "America/New_York");
    let settings = client.read("/api/v1/user/me/settings/").await;
    assert_eq!(settings.expect(200), json!({"theme": "dark"}));

    let interlined = json!({"displayName": "Inter Lined", "bio": "Sells vinyl."});
    let update = client.call("PATCH", "/api/user/update", interlined).await;
    update.expect(200);
    let seen = client.see().await;
    assert_eq!(seen.me["preferences"]["preferred_name"], "Inter Lined");
    assert_eq!(seen.me["bio"], "Sells vinyl.");
    assert_eq!(seen.interlinedlist["displayName"], "Inter Lined");
}

#[tokio::test]
async fn a_picture_is_one_everywhere() {
    let app = TestApp::start().await;
    let client = Client::of(&app).await;
    let access = &client.user.access;
    let file = photo(64, 64, ImageFormat::Png);
    app.upload(access, &[("file", &file)]).await.expect(200);
    let Seen {
        me,
        epixel,
        exante,
        interlinedlist,
        boltonsea: _,
    } = client.see().await;
    assert!(me["avatar_url"].is_string());
    for shown in [
        &epixel["ProfileImage"],
        &exante["avatar"],
        &interlinedlist["avatarUrl"],
    ] {
        assert_eq!(*shown, me["avatar_url"]);
    }
    app.delete("/api/v1/user/me/avatar/", access)
        .await
        .expect(204);
    let seen = client.see().await;
    assert_eq!(seen.epixel["ProfileImage"], "");
    assert_eq!(seen.exante["avatar"], "");
    assert_eq!(seen.interlinedlist["avatarUrl"], Value::Null);
}

#[tokio::test]
async fn an_address_that_is_changed_here_is_the_new_one_everywhere() {
    let app = TestApp::start().await;
    let client = Client::of(&app).await;
    let change = json!({"country_id": "CA", "email": "new@example.com", "first_name": "Ada"});
    client.call("PUT", "/users", change).await.expect(200);
    let emails = |seen: &Seen| {
        [
            &seen.me["email"],
            &seen.boltonsea["email"],
            &seen.epixel["UserProfile"][0]["email"],
            &seen.exante["email"],
            &seen.interlinedlist["email"],
        ]
        .map(|email| email.as_str().unwrap().to_owned())
    };
    let before = emails(&client.see().await);
    assert_eq!(before, [(); 5].map(|()| client.user.email.clone()));
    let token = app.mailed_link("new@example.com", "token").await;
    let confirm = json!({"token": token});
    let path = "/api/v1/user/me/email-change/confirm/";
    app.post(path, "", confirm).await.expect(200);
    let after = emails(&client.see().await);
    assert_eq!(after, [(); 5].map(|()| "new@example.com".to_owned()));
}

#[tokio::test]
async fn the_default_organization_is_one_everywhere() {
    let app = TestApp::start().await;
    let client = Client::of(&app).await;
    let mut made = Vec::new();
    for name in ["Acme", "Looms", "Mills"] {
        let body = json!({"display_name": name});
        let organization = client.call("POST", "/api/v1/organizations/", body).await;
        made.push(organization.expect(201));
    }
    let default = |seen: &Seen| {
        let name = &seen.me["organization"]["display_name"];
        let account = &seen.boltonsea["default_account"]["organization_name"];
        assert_eq!(account, name);
        assert_eq!(seen.exante["active_company"]["name"], *name);
        let organizations = seen.exante["organizations"].as_array().unwrap();
        let uuid = &seen.exante["default_organization"];
        let shown = organizations.iter().find(|one| one["uid"] == *uuid);
        assert_eq!(shown.unwrap()["name"], *name);
        (name.as_str().unwrap().to_owned(), uuid.clone())
    };
    let (name, acme) = default(&client.see().await);
    assert_eq!(name, "Acme");

    let looms = json!({"organization_id": made[1]["number"]});
    let chosen = client.call("PUT", "/users/default-account", looms).await;
    chosen.expect(200);
    assert_eq!(default(&client.see().await).0, "Looms");

    let acme = json!({"default_organization": acme});
    client.call("PATCH", "/api/user", acme).await.expect(200);
    assert_eq!(default(&client.see().await).0, "Acme");

    let mills = json!({"organization": made[2]["uid"]});
    let path = "/api/v1/user/me/default-organization/";
    client.call("PUT", path, mills).await.expect(200);
    assert_eq!(default(&client.see().await).0, "Mills");
}

#[tokio::test]
async fn a_role_that_is_given_natively_is_seen_here() {
    let app = TestApp::start().await;
    let mut variables = super::Variables::new();
    super::colleagues(&app, &mut variables).await;
    let grace = &variables["grace.access"];
    let role = async || app.get("/users", grace).await.expect(200)["role"].clone();
    assert_eq!(role().await, "member");
    let path = format!(
        "/api/v1/organizations/{}/members/{}/",
        variables["Acme.uid"], variables["grace.uid"]
    );
    let ada = &variables["ada.access"];
    for given in ["admin", "owner", "member"] {
        let change = json!({"role": given});
        app.patch(&path, ada, change).await.expect(200);
        assert_eq!(role().await, given);
    }
    let transfer = format!("/api/v1/organizations/{}/transfer/", variables["Acme.uid"]);
    let to_grace = json!({"user": variables["grace.uid"]});
    app.post(&transfer, ada, to_grace).await.expect(200);
    assert_eq!(role().await, "owner");
    let shown = app.get("/users", ada).await.expect(200);
    assert_eq!(shown["role"], "admin");
}

#[tokio::test]
async fn who_is_deleted_through_one_door_is_gone_from_all() {
    let app = TestApp::start().await;
    let client = Client::of(&app).await;
    client.see().await;
    client
        .call("DELETE", "/users", Value::Null)
        .await
        .expect(204);
    for path in [ME, "/users", EPIXEL, "/api/user"] {
        client.read(path).await.expect(401);
    }
    let exante = client.call("PATCH", "/api/user", json!({})).await;
    exante.expect(401);
    app.register("ada").await;
}
