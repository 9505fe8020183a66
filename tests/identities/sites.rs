//! What a user does with an account at each of the sites.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::browser::{Browser, parameter};
use super::stand_ins::{Shared, agrees, borrowed, providers, settings};
use super::wire::{Reply, Wire};
use crate::support::TestApp;

/// The service with all of them on.
async fn service(wire: &Wire) -> TestApp {
    TestApp::start_with(&settings(&wire.base)).await
}

/// Links, verifies, signs in, is refused, breaks and unlinks.
async fn goes_all_the_way(provider: &str, path: &str, has_pkce: bool, id: &str, name: &str) {
    let world = Shared::default();
    let wire = providers(&world);
    let app = service(&wire).await;
    let user = app.register("vinyl_dealer").await;
    let browser = Browser::of(&app);
    let body = match provider {
        "mastodon" => json!({"instance": wire.host()}),
        _ => json!({}),
    };
    let there = browser.link(&user, provider, body.clone()).await;
    assert_eq!(there.path(), path);
    assert_eq!(parameter(&there, "code_challenge").is_some(), has_pkce);
    let redirect = parameter(&there, "redirect_uri").unwrap();
    let callback = format!("{}/api/auth/identities/{provider}/callback", app.url);
    assert_eq!(redirect, callback);
    let back = agrees(&world, &there, "code-1");
    let uid = browser.arrives(provider, &borrowed(&back), "linked").await;
    let identities = browser.identities(&user).await;
    assert_eq!(identities.len(), 1);
    assert_eq!(identities[0]["provider"], provider);
    assert_eq!(identities[0]["provider_user_id"], id);
    let name = name.replace("{host}", wire.host());
    assert_eq!(identities[0]["provider_username"], name.as_str());
    let instance = body.get("instance").unwrap_or(&Value::Null);
    assert_eq!(&identities[0]["instance_name"], instance);

    let verified = browser.verify(&user, &uid).await.expect(200);
    assert_eq!(verified["status"], "active");
    // Whatever was refreshed is what is stored now.
    let verified = browser.verify(&user, &uid).await.expect(200);
    assert_eq!(verified["status"], "active");

    let there = browser.start(provider, body.clone()).await;
    let back = agrees(&world, &there, "code-2");
    let code = browser.arrives(provider, &borrowed(&back), "code").await;
    let login = browser.exchange(&code).await.expect(200);
    assert_eq!(login["user"]["uid"], user.uid.as_str());

    // A code that was redeemed; a verifier of another flow.
    let there = browser.start(provider, body.clone()).await;
    let state = parameter(&there, "state").unwrap();
    let replayed = [("code", "code-2"), ("state", state.as_str())];
    let reply = browser.comes_back(provider, &replayed).await;
    reply.problem(400, "provider_refused");
    if has_pkce {
        let mine = browser.start(provider, body.clone()).await;
        agrees(&world, &mine, "stolen");
        let there = browser.start(provider, body.clone()).await;
        let state = parameter(&there, "state").unwrap();
        let injected = [("code", "stolen"), ("state", state.as_str())];
        let reply = browser.comes_back(provider, &injected).await;
        reply.problem(400, "provider_refused");
    }

    world.lock().unwrap().forget();
    let broken = browser.verify(&user, &uid).await.expect(200);
    assert_eq!(broken["status"], "broken");
    assert_eq!(browser.unlink(&user, &uid).await.status, 204);
    assert_eq!(browser.identities(&user).await, Vec::<Value>::new());
    if provider == "mastodon" {
        assert_eq!(world.lock().unwrap().registrations, 1, "kept");
    }
}

#[tokio::test]
async fn github_goes_all_the_way() {
    goes_all_the_way("github", "/login/oauth/authorize", true, "1", "octocat").await;
}

#[tokio::test]
async fn linkedin_goes_all_the_way() {
    let path = "/oauth/v2/authorization";
    goes_all_the_way("linkedin", path, false, "782bbtaQ", "John Doe").await;
}

#[tokio::test]
async fn x_goes_all_the_way() {
    goes_all_the_way(
        "x",
        "/i/oauth2/authorize",
        true,
        "2244994945",
        "XDevelopers",
    )
    .await;
}

#[tokio::test]
async fn mastodon_goes_all_the_way() {
    goes_all_the_way(
        "mastodon",
        "/oauth/authorize",
        true,
        "14715",
        "trwnh@{host}",
    )
    .await;
}

#[tokio::test]
async fn bluesky_goes_all_the_way() {
    let world = Shared::default();
    let wire = providers(&world);
    let app = service(&wire).await;
    let user = app.register("vinyl_dealer").await;
    let browser = Browser::of(&app);
    let link = "/api/v1/user/me/identities/bluesky/link/";
    let start = "/api/auth/identities/bluesky/start/";
    let right = json!({"identifier": "@ada.bsky.social", "password": "abcd-efgh-ijkl-mnop"});
    let wrong = json!({"identifier": "ada.bsky.social", "password": "wrong"});

    let reply = browser
        .send("POST", link, &user.access, wrong.clone())
        .await;
    let problem = reply.problem(400, "invalid");
    assert_eq!(problem["errors"][0]["field"], "password");
    let reply = browser.send("POST", start, "", right.clone()).await;
    reply.problem(403, "identity_not_linked");
    let reply = browser
        .send("POST", link, &user.access, right.clone())
        .await;
    let identity = reply.expect(201);
    let uid = identity["uid"].as_str().unwrap();
    assert_eq!(
        identity["provider_user_id"],
        "did:plc:z72i7hdynmk6r22z27h6tvur"
    );
    assert_eq!(identity["provider_username"], "ada.bsky.social");
    let again = browser
        .send("POST", link, &user.access, right.clone())
        .await;
    assert_eq!(again.expect(200)["uid"], uid);

    for _ in 0..2 {
        let verified = browser.verify(&user, uid).await.expect(200);
        assert_eq!(verified["status"], "active");
    }
    let reply = browser.send("POST", start, "", wrong).await;
    reply.problem(401, "invalid_credentials");
    let reply = browser.send("POST", start, "", right).await;
    let code = reply.expect(200)["code"].as_str().unwrap().to_owned();
    let login = browser.exchange(&code).await.expect(200);
    assert_eq!(login["user"]["uid"], user.uid.as_str());

    world.lock().unwrap().forget();
    let broken = browser.verify(&user, uid).await.expect(200);
    assert_eq!(broken["status"], "broken");
    assert_eq!(browser.unlink(&user, uid).await.status, 204);
}

#[tokio::test]
async fn an_instance_inside_a_network_is_not_connected_to() {
    let app = TestApp::start_with(&[("VESTIBULE_IDENTITIES__MASTODON__ENABLED", "true")]).await;
    let touched = Arc::new(Mutex::new(0));
    let count = Arc::clone(&touched);
    let wire = Wire::start(move |_| {
        *count.lock().unwrap() += 1;
        Reply::json(200, json!({}))
    });
    let browser = Browser::of(&app);
    let port = wire.host().rsplit_once(':').unwrap().1;
    for instance in [
        wire.host(),
        "127.0.0.1",
        &format!("localtest.localhost:{port}"),
        "foo.localhost",
        "169.254.169.254",
        "10.0.0.1",
    ] {
        let body = json!({"instance": instance});
        let path = "/api/auth/identities/mastodon/start/";
        let problem = browser.send("POST", path, "", body).await;
        let problem = problem.problem(400, "invalid");
        let codes = &problem["errors"][0];
        assert_eq!(codes["field"], "instance", "{instance}");
        assert_eq!(codes["code"], "unusable_instance", "{instance}");
    }
    assert_eq!(*touched.lock().unwrap(), 0, "no connection was made");
    let body = json!({"instance": "not a host"});
    let reply = browser
        .send("POST", "/api/auth/identities/mastodon/start/", "", body)
        .await;
    let problem = reply.problem(400, "invalid");
    assert_eq!(problem["errors"][0]["code"], "invalid_instance");
}
