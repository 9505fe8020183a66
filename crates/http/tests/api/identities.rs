use actix_web::http::StatusCode;
use serde_json::{Value, json};

use vestibule_domain::outbox::Mail;

use crate::sessions::{device, notices};
use crate::site::{Answer, As, PASSWORD, PUBLIC_URL, RETURN_URL, TestSite, invalid, refused};

const PATH: &str = "/api/v1/user/me/identities/";

/// The cookie of a departure and the state that goes with it.
struct Away {
    cookie: String,
    state: String,
}

impl Away {
    fn of(answer: &Answer) -> Self {
        let body = answer.json(StatusCode::OK);
        let url = body["authorization_url"].as_str().expect("a URL");
        let (_, state) = url.split_once("state=").expect("a state");
        let cookie = answer.header("set-cookie").split(';').next();
        Self {
            cookie: cookie.expect("a cookie").to_owned(),
            state: state.to_owned(),
        }
    }

    async fn link(site: &TestSite, user: &As, provider: &str, body: Value) -> Self {
        let path = format!("{PATH}{provider}/link/");
        Self::of(&site.post(user, &path, body).await)
    }

    async fn start(site: &TestSite, provider: &str) -> Self {
        let path = format!("/api/auth/identities/{provider}/start/");
        Self::of(&site.post(&As::Nobody, &path, json!({})).await)
    }

    /// Comes back from the provider with these parameters.
    async fn back(&self, site: &TestSite, provider: &str, more: &str) -> Answer {
        let (state, cookie) = (&self.state, [("Cookie", self.cookie.as_str())]);
        let path = format!("/api/auth/identities/{provider}/callback?state={state}{more}");
        site.send(&As::Nobody, "GET", &path, None, &cookie).await
    }
}

/// What the front end gets.
fn arrival(answer: &Answer) -> (String, String) {
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    let location = answer.header("location");
    let query = location.strip_prefix(&format!("{RETURN_URL}?"));
    let (name, value) = query.and_then(|q| q.split_once('=')).expect("a parameter");
    (name.to_owned(), value.to_owned())
}

fn error(code: &str) -> (String, String) {
    ("error".to_owned(), code.to_owned())
}

/// Links the account of this name at GitHub; answers the identity's uid.
async fn linked_at_github(site: &TestSite, user: &As, name: &str) -> String {
    linked(site, user, "github", name, json!({})).await
}

/// Links the account of this name at a provider; answers the identity's uid.
pub(crate) async fn linked(
    site: &TestSite,
    user: &As,
    provider: &str,
    name: &str,
    body: Value,
) -> String {
    let away = Away::link(site, user, provider, body).await;
    let code = format!("&code=good:{name}");
    let answer = away.back(site, provider, &code).await;
    let (parameter, uid) = arrival(&answer);
    assert_eq!(parameter, "linked");
    uid
}

#[actix_web::test]
async fn an_identity_is_linked_listed_and_read() {
    let site = TestSite::open().await;
    let ((ada, _), (bob, _)) = (site.user("ada").await, site.user("bob").await);
    let uid = linked_at_github(&site, &ada, "octocat").await;
    let path = format!("{PATH}{uid}/");
    let answer = site.get(&ada, &path).await;
    assert_eq!(
        answer.keys(),
        [
            "uid",
            "provider",
            "provider_user_id",
            "provider_username",
            "instance_name",
            "status",
            "created_at",
            "verified_at"
        ]
    );
    let identity = answer.json(StatusCode::OK);
    assert_eq!(identity["provider_user_id"], "id:octocat");
    assert_eq!(identity["provider_username"], "octocat");
    assert_eq!(identity["instance_name"], Value::Null);
    assert_eq!(identity["status"], "active");
    let list = site.get(&ada, PATH).await.json(StatusCode::OK);
    assert_eq!(list["results"], json!([identity]));
    let list = site.get(&bob, PATH).await.json(StatusCode::OK);
    assert_eq!(list["count"], 0);
    let answer = site.get(&bob, &path).await;
    assert_eq!(answer.problem(), refused(404, "not_found"));
}

#[actix_web::test]
async fn a_departure_sets_a_cookie_that_only_this_host_gets_back() {
    let site = TestSite::open().await;
    let path = "/api/auth/identities/github/start/";
    let answer = site.post(&As::Nobody, path, json!({})).await;
    let cookie = answer.header("set-cookie").to_owned();
    assert!(cookie.starts_with("__Host-vestibule_identity="), "{cookie}");
    for attribute in ["HttpOnly", "SameSite=Lax", "Secure", "Path=/", "Expires="] {
        assert!(cookie.contains(attribute), "{attribute} in {cookie}");
    }
    let away = Away::of(&answer);
    assert!(
        !answer
            .json(StatusCode::OK)
            .to_string()
            .contains(&away.cookie)
    );
    // It is taken back when the browser is.
    let answer = away.back(&site, "github", "&error=access_denied").await;
    assert_eq!(arrival(&answer), error("access_denied"));
    assert!(answer.header("set-cookie").contains("Max-Age=0"));
    assert_eq!(answer.header("cache-control"), "no-store");
}

#[actix_web::test]
async fn a_linked_identity_signs_in_as_a_password_does() {
    let site = TestSite::open().await;
    let (ada, me) = site.user("ada").await;
    linked_at_github(&site, &ada, "octocat").await;
    let away = Away::start(&site, "github").await;
    let answer = away.back(&site, "github", "&code=good:octocat").await;
    let (parameter, code) = arrival(&answer);
    assert_eq!(parameter, "code");
    let path = "/api/auth/identities/exchange/";
    let body = json!({"code": code});
    let answer = site.post(&As::Nobody, path, body.clone()).await;
    let login = answer.json(StatusCode::OK);
    assert_eq!(login["user"]["uid"], me["uid"]);
    let by_password = json!({"username": "ada", "password": PASSWORD});
    let by_password = site
        .post(&As::Nobody, "/api/auth/login/", by_password)
        .await;
    assert_eq!(answer.keys(), by_password.keys());
    assert!(
        answer
            .header("set-cookie")
            .starts_with("__Host-vestibule_session=")
    );
    let again = site.post(&As::Nobody, path, body).await;
    assert_eq!(again.problem(), refused(400, "invalid_code"));
}

/// Signs in with the account of this name at GitHub, from a device that keeps
/// these cookies.
async fn signed_in_from(site: &TestSite, name: &str, cookies: &str) -> Answer {
    let away = Away::start(site, "github").await;
    let back = format!("&code=good:{name}");
    let (parameter, code) = arrival(&away.back(site, "github", &back).await);
    assert_eq!(parameter, "code");
    let headers = [("Cookie", cookies), ("User-Agent", "Phone/2.0")];
    let (path, body) = ("/api/auth/identities/exchange/", json!({"code": code}));
    let sent = Some(&body);
    let answer = site.send(&As::Nobody, "POST", path, sent, &headers).await;
    answer.json(StatusCode::OK);
    answer
}

#[actix_web::test]
async fn a_sign_in_from_a_device_that_is_not_known_is_told_by_mail() {
    let site = TestSite::open().await;
    let (ada, _) = site.user("ada").await;
    linked_at_github(&site, &ada, "octocat").await;
    let known = device(&signed_in_from(&site, "octocat", "a=b").await);
    let told = notices(&site).await;
    let expected = Mail::NewDevice {
        to: "ada@example.com".to_owned(),
        username: "ada".to_owned(),
        ip: "unknown".to_owned(),
        user_agent: "Phone/2.0".to_owned(),
        at: "2026-01-02T03:04:05.678Z".to_owned(),
    };
    assert!(told == [expected], "{} notices", told.len());
    // The device is known from then on, to logins by password, too.
    let known = device(&signed_in_from(&site, "octocat", &known).await);
    let body = json!({"username": "ada", "password": PASSWORD});
    let headers = [("Cookie", known.as_str())];
    let path = "/api/auth/login/";
    let login = site
        .send(&As::Nobody, "POST", path, Some(&body), &headers)
        .await;
    login.json(StatusCode::OK);
    signed_in_from(&site, "octocat", &device(&login)).await;
    assert!(notices(&site).await.is_empty(), "it is known");
    signed_in_from(&site, "octocat", "a=b").await;
    assert_eq!(notices(&site).await.len(), 1);
}

#[actix_web::test]
async fn what_is_linked_to_nobody_signs_nobody_in() {
    let site = TestSite::open().await;
    let (ada, _) = site.user("ada").await;
    let away = Away::start(&site, "github").await;
    let answer = away
        .back(&site, "github", "&code=good:ada@example.com")
        .await;
    assert_eq!(arrival(&answer), error("identity_not_linked"));
    assert_eq!(site.get(&ada, PATH).await.json(StatusCode::OK)["count"], 0);
}

#[actix_web::test]
async fn a_state_counts_once_in_its_browser_and_at_its_provider() {
    let site = TestSite::open().await;
    let (ada, _) = site.user("ada").await;
    linked_at_github(&site, &ada, "octocat").await;
    let away = Away::start(&site, "github").await;
    let code = "&code=good:octocat";
    let invalid_state = refused(400, "invalid_state");
    let stranger = Away {
        cookie: Away::start(&site, "github").await.cookie,
        state: away.state.clone(),
    };
    let answer = stranger.back(&site, "github", code).await;
    assert_eq!(answer.problem(), invalid_state);
    let nobody = Away {
        cookie: "other=1".to_owned(),
        state: away.state.clone(),
    };
    let answer = nobody.back(&site, "github", code).await;
    assert_eq!(answer.problem(), invalid_state);
    let answer = away.back(&site, "corp", code).await;
    assert_eq!(answer.problem(), invalid_state);
    let answer = away.back(&site, "github", code).await;
    assert_eq!(arrival(&answer).0, "code");
    let answer = away.back(&site, "github", code).await;
    assert_eq!(answer.problem(), invalid_state);
}

#[actix_web::test]
async fn a_callback_that_makes_no_sense_is_refused() {
    let site = TestSite::open().await;
    for (query, code) in [
        ("&code=good:x&error=denied", "malformed"),
        ("", "malformed"),
        ("&code=good:x&code=good:y", "malformed"),
        ("&code=bad", "provider_refused"),
        ("&code=forged", "untrusted_provider"),
        (
            "&code=good:x&iss=https://evil.example",
            "untrusted_provider",
        ),
    ] {
        let away = Away::start(&site, "github").await;
        let answer = away.back(&site, "github", query).await;
        assert_eq!(answer.problem(), refused(400, code), "{query}");
    }
    let away = Away::start(&site, "github").await;
    let answer = away.back(&site, "github", "&code=down").await;
    assert_eq!(arrival(&answer), error("provider_unavailable"));
    let away = Away::start(&site, "github").await;
    let answer = away.back(&site, "github", "&error=server_error").await;
    assert_eq!(arrival(&answer), error("provider_error"));
}

#[actix_web::test]
async fn a_link_ends_with_the_session_that_asked() {
    let site = TestSite::open().await;
    let (ada, _) = site.user("ada").await;
    let away = Away::link(&site, &ada, "github", json!({})).await;
    site.post(&ada, "/api/auth/logout/", json!({})).await;
    let answer = away.back(&site, "github", "&code=good:octocat").await;
    assert_eq!(arrival(&answer), error("session_ended"));
}

#[actix_web::test]
async fn an_account_of_another_user_is_taken() {
    let site = TestSite::open().await;
    let ((ada, _), (bob, _)) = (site.user("ada").await, site.user("bob").await);
    let uid = linked_at_github(&site, &ada, "octocat").await;
    let away = Away::link(&site, &bob, "github", json!({})).await;
    let answer = away.back(&site, "github", "&code=good:octocat").await;
    assert_eq!(arrival(&answer), error("identity_taken"));
    // Its own user keeps the identity.
    assert_eq!(linked_at_github(&site, &ada, "octocat").await, uid);
}

#[actix_web::test]
async fn a_network_needs_an_instance_and_no_other_provider_has_one() {
    let site = TestSite::open().await;
    let (ada, _) = site.user("ada").await;
    let path = format!("{PATH}mastodon/link/");
    let answer = site.post(&ada, &path, json!({})).await;
    assert_eq!(answer.problem(), invalid(&[("instance", "required")]));
    for (instance, code) in [
        ("not a host", "invalid_instance"),
        ("internal.example", "unusable_instance"),
    ] {
        let answer = site.post(&ada, &path, json!({"instance": instance})).await;
        assert_eq!(answer.problem(), invalid(&[("instance", code)]));
    }
    let body = json!({"instance": "down.example"});
    let answer = site.post(&ada, &path, body).await;
    assert_eq!(answer.problem(), refused(503, "provider_unavailable"));
    assert_ne!(answer.header("retry-after"), "");
    let away = Away::link(
        &site,
        &ada,
        "mastodon",
        json!({"instance": "Social.Example"}),
    )
    .await;
    let answer = away.back(&site, "mastodon", "&code=good:ada").await;
    assert_eq!(arrival(&answer).0, "linked");
    let list = site.get(&ada, PATH).await.json(StatusCode::OK);
    assert_eq!(list["results"][0]["instance_name"], "social.example");
    let body = json!({"instance": "social.example"});
    let answer = site.post(&ada, &format!("{PATH}github/link/"), body).await;
    assert_eq!(answer.problem(), invalid(&[("instance", "unknown_field")]));
    for provider in ["gitlab", "GitHub", "a%2Fb"] {
        for path in [
            format!("{PATH}{provider}/link/"),
            format!("/api/auth/identities/{provider}/start/"),
        ] {
            let answer = site.post(&ada, &path, json!({})).await;
            assert_eq!(answer.problem(), refused(404, "not_found"), "{path}");
        }
    }
}

#[actix_web::test]
async fn a_provider_of_passwords_links_and_signs_in_at_once() {
    let site = TestSite::open().await;
    let (ada, me) = site.user("ada").await;
    let link = format!("{PATH}bluesky/link/");
    let start = "/api/auth/identities/bluesky/start/";
    let right = json!({"identifier": "ada.bsky.social", "password": "good:ada"});
    let wrong = json!({"identifier": "ada.bsky.social", "password": "bad"});
    let answer = site.post(&As::Nobody, start, right.clone()).await;
    assert_eq!(answer.problem(), refused(403, "identity_not_linked"));
    let answer = site.post(&ada, &link, wrong.clone()).await;
    assert_eq!(answer.problem(), invalid(&[("password", "incorrect")]));
    let answer = site.post(&ada, &link, json!({"identifier": " "})).await;
    let fields = [("identifier", "required"), ("password", "required")];
    assert_eq!(answer.problem(), invalid(&fields));
    let key = [("Idempotency-Key", "abc")];
    let first = site.send(&ada, "POST", &link, Some(&right), &key).await;
    let identity = first.json(StatusCode::CREATED);
    let uid = identity["uid"].as_str().expect("a uid");
    assert_eq!(
        first.header("location"),
        format!("{PUBLIC_URL}{PATH}{uid}/")
    );
    let again = site.send(&ada, "POST", &link, Some(&right), &key).await;
    assert_eq!(again.body, first.body);
    assert_eq!(again.header("idempotency-replayed"), "true");
    let again = site.post(&ada, &link, right.clone()).await;
    assert_eq!(again.json(StatusCode::OK)["uid"], uid);

    let answer = site.post(&As::Nobody, start, wrong).await;
    assert_eq!(answer.problem(), refused(401, "invalid_credentials"));
    let answer = site
        .post(&As::Nobody, start, right)
        .await
        .json(StatusCode::OK);
    let path = "/api/auth/identities/exchange/";
    let answer = site.post(&As::Nobody, path, answer).await;
    assert_eq!(answer.json(StatusCode::OK)["user"]["uid"], me["uid"]);
}

#[actix_web::test]
async fn a_provider_that_refuses_breaks_the_identity_until_it_confirms() {
    let site = TestSite::open().await;
    let (ada, _) = site.user("ada").await;
    let uid = linked_at_github(&site, &ada, "octocat").await;
    let path = format!("{PATH}{uid}/verify/");
    let verify = async || {
        let answer = site.send(&ada, "POST", &path, None, &[]).await;
        answer.json(StatusCode::OK)["status"].clone()
    };
    assert_eq!(verify().await, "active");
    site.test.providers.refuse("octocat");
    assert_eq!(verify().await, "broken");
    site.test.providers.confirm("octocat");
    assert_eq!(verify().await, "active");
}

#[actix_web::test]
async fn unlinking_needs_a_step_up_and_the_version_that_was_seen() {
    let site = TestSite::open().await;
    let (ada, _) = site.user("ada").await;
    let uid = linked_at_github(&site, &ada, "octocat").await;
    let path = format!("{PATH}{uid}/");
    let stale = [("If-Match", "\"00\"")];
    let answer = site.send(&ada, "DELETE", &path, None, &stale).await;
    assert_eq!(answer.problem(), refused(412, "stale"));
    site.test.clock.advance(std::time::Duration::from_mins(6));
    let answer = site.delete(&ada, &path).await;
    assert_eq!(answer.problem(), refused(403, "reauthentication_required"));
    let wrong = json!({"current_password": "wrong"});
    let answer = site.send(&ada, "DELETE", &path, Some(&wrong), &[]).await;
    assert_eq!(
        answer.problem(),
        invalid(&[("current_password", "incorrect")])
    );
    let right = json!({"current_password": PASSWORD});
    let answer = site.send(&ada, "DELETE", &path, Some(&right), &[]).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT);
    assert_eq!(site.delete(&ada, &path).await.status, StatusCode::NOT_FOUND);
}
