use actix_web::http::StatusCode;
use serde_json::{Value, json};
use vestibule_domain::api_keys::Scope;

use crate::site::{As, PASSWORD, TestSite, invalid};

const INTROSPECT: &str = "/api/v1/introspect/";
const USERS: &str = "/api/v1/users/";

fn token(caller: &As) -> &str {
    match caller {
        As::Token(secret) | As::Key(secret) => secret,
        As::Nobody => "",
    }
}

async fn introspect(site: &TestSite, service: &As, secret: &str) -> Value {
    let answer = site
        .post(service, INTROSPECT, json!({"token": secret}))
        .await;
    answer.json(StatusCode::OK)
}

#[actix_web::test]
async fn an_access_token_is_active_while_its_session_is() {
    let site = TestSite::open().await;
    let service = site.key(Scope::Introspect).await;
    let (user, me) = site.user("ada").await;
    let answer = site
        .post(&service, INTROSPECT, json!({"token": token(&user)}))
        .await;
    let fields = [
        "active",
        "sub",
        "sid",
        "exp",
        "iat",
        "scope",
        "username",
        "token_type",
        "account",
    ];
    assert_eq!(answer.keys(), fields);
    assert_eq!(answer.header("cache-control"), "no-store");
    let found = answer.json(StatusCode::OK);
    assert_eq!(found["active"], true);
    assert_eq!(found["sub"], me["uid"]);
    assert!(found["sid"].as_str().expect("a sid").starts_with("ses_"));
    let (exp, iat) = (found["exp"].as_i64(), found["iat"].as_i64());
    assert_eq!(exp.expect("exp") - iat.expect("iat"), 600);
    assert_eq!(
        (&found["username"], &found["token_type"]),
        (&json!("ada"), &json!("access_token"))
    );
    let state = json!({"email_verified": false, "is_suspended": false, "customer_status": "free"});
    assert_eq!(found["account"], state);

    site.post(&user, "/api/auth/logout/", json!({}))
        .await
        .json(StatusCode::OK);
    let gone = introspect(&site, &service, token(&user)).await;
    assert_eq!(gone, json!({"active": false}));
}

#[actix_web::test]
async fn keys_are_active_with_their_scopes() {
    let site = TestSite::open().await;
    let (admin, _) = site.admin("grace").await;
    let (user, me) = site.manager(&admin, "ada").await;
    let service = site.key(Scope::Introspect).await;
    let own = site.own_key(&user).await;
    let found = introspect(&site, &service, token(&own)).await;
    assert_eq!(
        (&found["active"], &found["sub"]),
        (&json!(true), &me["uid"])
    );
    assert_eq!(
        (&found["scope"], &found["token_type"]),
        (&json!(""), &json!("api_key"))
    );
    assert!(
        found["client_id"]
            .as_str()
            .expect("a uid")
            .starts_with("key_")
    );
    assert_eq!(found.get("exp"), None);
    let found = introspect(&site, &service, token(&service)).await;
    assert_eq!(
        (&found["active"], &found["scope"]),
        (&json!(true), &json!("introspect"))
    );
    assert_eq!((found.get("sub"), found.get("account")), (None, None));

    let uid = me["uid"].as_str().expect("a uid");
    let path = format!("/api/v1/admin/users/{uid}/suspend/");
    site.post(&admin, &path, json!({}))
        .await
        .json(StatusCode::OK);
    for secret in [token(&own), token(&user)] {
        let gone = introspect(&site, &service, secret).await;
        assert_eq!(gone, json!({"active": false}));
    }
}

#[actix_web::test]
async fn anything_else_is_inactive() {
    let site = TestSite::open().await;
    let service = site.key(Scope::Introspect).await;
    site.user("ada").await;
    let login = json!({"username": "ada", "password": PASSWORD});
    let login = site.post(&As::Nobody, "/api/auth/login/", login).await;
    let cookie = login.header("set-cookie").to_owned();
    let cookie = cookie.split(['=', ';']).nth(1).expect("a cookie");
    let refresh = login.json(StatusCode::OK)["refresh"].clone();
    let refresh = refresh.as_str().expect("a token");
    for other in ["x", "vst_guessed", "a.b.c", refresh, cookie, "\u{1f4a1}"] {
        let found = introspect(&site, &service, other).await;
        assert_eq!(found, json!({"active": false}), "{other}");
    }
    for (body, code) in [
        (json!({}), "required"),
        (json!({"token": 1}), "invalid_type"),
    ] {
        let answer = site.post(&service, INTROSPECT, body).await;
        assert_eq!(answer.problem(), invalid(&[("token", code)]));
    }
}

#[actix_web::test]
async fn a_form_is_read_too_and_other_parameters_are_ignored() {
    let site = TestSite::open().await;
    let service = site.key(Scope::Introspect).await;
    let (user, _) = site.user("ada").await;
    let form = |body: String| {
        let (site, service) = (&site, &service);
        async move { site.form(service, INTROSPECT, body).await }
    };
    let body = format!("token_type_hint=access_token&token={}", token(&user));
    let found = form(body).await.json(StatusCode::OK);
    assert_eq!(found["active"], true);
    assert_eq!(form("token=a&token=b".to_owned()).await.status, 400);
    assert_eq!(
        form(String::new()).await.problem(),
        invalid(&[("token", "required")])
    );
}

#[actix_web::test]
async fn a_hint_is_a_string() {
    let site = TestSite::open().await;
    let service = site.key(Scope::Introspect).await;
    for (hint, code) in [
        (json!(7), "invalid_type"),
        (json!(["api_key"]), "invalid_type"),
        (json!(null), "not_nullable"),
    ] {
        let body = json!({"token": "a", "token_type_hint": hint});
        let answer = site.post(&service, INTROSPECT, body).await;
        assert_eq!(answer.problem(), invalid(&[("token_type_hint", code)]));
    }
    let body = json!({"token": "a", "token_type_hint": "anything", "other": [1]});
    let answer = site.post(&service, INTROSPECT, body).await;
    assert_eq!(answer.json(StatusCode::OK), json!({"active": false}));
}

#[actix_web::test]
async fn users_are_looked_up_in_the_order_asked_for() {
    let site = TestSite::open().await;
    let service = site.key(Scope::UsersRead).await;
    let ((_, ada), (_, bob)) = (site.user("ada").await, site.user("bob").await);
    let uid = |user: &Value| user["uid"].as_str().expect("a uid").to_owned();
    let (ada, bob) = (uid(&ada), uid(&bob));
    let unknown = "usr_01jabcdefghjkmnpqrstvwxyz0";
    let path = format!("{USERS}?uid={bob}&uid={unknown}&uid=nonsense&uid={ada}&uid={bob}");
    let answer = site.get(&service, &path).await;
    assert_eq!(answer.keys(), ["count", "next", "previous", "results"]);
    let found = answer.json(StatusCode::OK);
    let user = |uid: &str, name: &str| {
        json!({
            "uid": uid, "username": name, "first_name": "", "last_name": "",
            "avatar_url": null, "email": format!("{name}@example.com"),
        })
    };
    assert_eq!(
        found["results"],
        json!([user(&bob, "bob"), user(&ada, "ada")])
    );
    assert_eq!((&found["count"], &found["next"]), (&json!(2), &Value::Null));
}

#[actix_web::test]
async fn up_to_a_hundred_users_are_looked_up_at_once() {
    let site = TestSite::open().await;
    let service = site.key(Scope::Admin).await;
    let query = |count: usize| vec!["uid=nobody"; count].join("&");
    let found = site.get(&service, &format!("{USERS}?{}", query(100))).await;
    assert_eq!(found.json(StatusCode::OK)["results"], json!([]));
    let answer = site.get(&service, &format!("{USERS}?{}", query(101))).await;
    assert_eq!(answer.problem(), invalid(&[("uid", "too_many")]));
    let answer = site.get(&service, USERS).await;
    assert_eq!(answer.problem(), invalid(&[("uid", "required")]));
}
