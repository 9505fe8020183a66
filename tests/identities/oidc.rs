use reqwest::Url;
use serde_json::{Value, json};

use super::browser::{Browser, RETURN_URL, parameter};
use super::provider::Provider;
use super::wire::{Reply, Wire};
use crate::support::{Account, TestApp};

/// The service with the provider under the name `corp`.
async fn service(issuer: &str) -> TestApp {
    TestApp::start_with(&[
        ("VESTIBULE_IDENTITIES__RETURN_URL", RETURN_URL),
        ("VESTIBULE_IDENTITIES__OIDC__CORP__ISSUER", issuer),
        ("VESTIBULE_IDENTITIES__OIDC__CORP__CLIENT_ID", "vestibule"),
        ("VESTIBULE_IDENTITIES__OIDC__CORP__CLIENT_SECRET", "s3cret"),
    ])
    .await
}

/// What a browser brings back from `url`, as pairs.
fn brought(url: &Url) -> Vec<(String, String)> {
    url.query_pairs()
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect()
}

fn borrowed(pairs: &[(String, String)]) -> Vec<(&str, &str)> {
    let pairs = pairs.iter();
    pairs
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect()
}

/// Links the account of this subject; answers the identity's uid.
async fn linked(app: &TestApp, provider: &Provider, user: &Account, sub: &str) -> String {
    let browser = Browser::of(app);
    let there = browser.link(user, "corp", Value::Null).await;
    let back = brought(&provider.agrees(&there, sub).await);
    browser.arrives("corp", &borrowed(&back), "linked").await
}

#[tokio::test]
async fn an_identity_is_linked_verified_used_to_sign_in_and_unlinked() {
    let Some(provider) = Provider::start().await else {
        return;
    };
    let app = service(&provider.issuer).await;
    let user = app.register("vinyl_dealer").await;
    provider.names("ada", "ada_l").await;
    let uid = linked(&app, &provider, &user, "ada").await;

    let browser = Browser::of(&app);
    let identities = browser.identities(&user).await;
    assert_eq!(identities.len(), 1);
    assert_eq!(identities[0]["uid"], uid.as_str());
    assert_eq!(identities[0]["provider"], "corp");
    assert_eq!(identities[0]["provider_user_id"], "ada");
    assert_eq!(identities[0]["provider_username"], "ada_l");
    assert_eq!(identities[0]["instance_name"], Value::Null);
    assert_eq!(identities[0]["status"], "active");

    // The provider's new name shows after it was asked again.
    provider.names("ada", "ada_king").await;
    let verified = browser.verify(&user, &uid).await.expect(200);
    assert_eq!(verified["provider_username"], "ada_king");
    assert_eq!(verified["status"], "active");

    let there = browser.start("corp", json!({})).await;
    let back = brought(&provider.agrees(&there, "ada").await);
    let code = browser.arrives("corp", &borrowed(&back), "code").await;
    let login = browser.exchange(&code).await.expect(200);
    assert_eq!(login["user"]["uid"], user.uid.as_str());
    let access = login["access"].as_str().unwrap();
    let me = app.get("/api/v1/user/me/", access).await.expect(200);
    assert_eq!(me["username"], "vinyl_dealer");
    browser.exchange(&code).await.problem(400, "invalid_code");

    // Nobody else can have it.
    let other = app.register("other_dealer").await;
    let there = browser.link(&other, "corp", Value::Null).await;
    let back = brought(&provider.agrees(&there, "ada").await);
    let error = browser.arrives("corp", &borrowed(&back), "error").await;
    assert_eq!(error, "identity_taken");

    provider.revokes("ada").await;
    let broken = browser.verify(&user, &uid).await.expect(200);
    assert_eq!(broken["status"], "broken");

    assert_eq!(browser.unlink(&user, &uid).await.status, 204);
    assert_eq!(browser.identities(&user).await, Vec::<Value>::new());
    let there = browser.start("corp", json!({})).await;
    let back = brought(&provider.agrees(&there, "ada").await);
    let error = browser.arrives("corp", &borrowed(&back), "error").await;
    assert_eq!(error, "identity_not_linked");
}

#[tokio::test]
async fn what_does_not_belong_together_is_refused() {
    let Some(provider) = Provider::start().await else {
        return;
    };
    let app = service(&provider.issuer).await;
    let user = app.register("vinyl_dealer").await;
    linked(&app, &provider, &user, "ada").await;
    let browser = Browser::of(&app);
    let begin = async || {
        let there = browser.start("corp", json!({})).await;
        brought(&provider.agrees(&there, "ada").await)
    };

    // Another state; another browser, which has no cookie; another one's.
    let back = begin().await;
    let code = back.iter().find(|(name, _)| name == "code").unwrap();
    let wrong = [("code", code.1.as_str()), ("state", "nonsense")];
    let reply = browser.comes_back("corp", &wrong).await;
    reply.problem(400, "invalid_state");
    let stranger = Browser::of(&app);
    let reply = stranger.comes_back("corp", &borrowed(&back)).await;
    reply.problem(400, "invalid_state");
    stranger.start("corp", json!({})).await;
    let reply = stranger.comes_back("corp", &borrowed(&back)).await;
    reply.problem(400, "invalid_state");

    // It still counts where it belongs, once.
    browser.arrives("corp", &borrowed(&back), "code").await;
    let reply = browser.comes_back("corp", &borrowed(&back)).await;
    reply.problem(400, "invalid_state");

    // The code was redeemed, so the provider refuses it under a new state.
    let fresh = begin().await;
    let state = fresh.iter().find(|(name, _)| name == "state").unwrap();
    let replayed = [("code", code.1.as_str()), ("state", state.1.as_str())];
    let reply = browser.comes_back("corp", &replayed).await;
    reply.problem(400, "provider_refused");

    // The issuer that the answer names (RFC 9207).
    let mut back = begin().await;
    back.push(("iss".to_owned(), "http://127.0.0.1:1".to_owned()));
    let reply = browser.comes_back("corp", &borrowed(&back)).await;
    reply.problem(400, "untrusted_provider");
    let mut back = begin().await;
    back.push(("iss".to_owned(), provider.issuer.clone()));
    browser.arrives("corp", &borrowed(&back), "code").await;

    // The user took another nonce along.
    let there = browser.start("corp", json!({})).await;
    let nonce = parameter(&there, "nonce").unwrap();
    let tampered = Url::parse(&there.as_str().replace(&nonce, "another")).unwrap();
    let back = brought(&provider.agrees(&tampered, "ada").await);
    let reply = browser.comes_back("corp", &borrowed(&back)).await;
    reply.problem(400, "untrusted_provider");

    // A user who says no.
    let there = browser.start("corp", json!({})).await;
    let state = parameter(&there, "state").unwrap();
    let denied = [("error", "access_denied"), ("state", state.as_str())];
    let error = browser.arrives("corp", &denied, "error").await;
    assert_eq!(error, "access_denied");
}

#[tokio::test]
async fn a_token_of_another_issuer_is_refused() {
    let Some(provider) = Provider::start().await else {
        return;
    };
    // A provider that says it is one, and hands out the tokens of the other.
    let real = provider.issuer.clone();
    let front = Wire::start(move |request| {
        assert_eq!(request.path, "/.well-known/openid-configuration");
        Reply::json(
            200,
            json!({
                "issuer": request.base,
                "authorization_endpoint": format!("{real}/oauth2/authorize"),
                "token_endpoint": format!("{real}/oauth2/token"),
                "userinfo_endpoint": format!("{real}/userinfo"),
                "jwks_uri": format!("{real}/jwks"),
            }),
        )
    });
    let app = service(&front.base).await;
    let user = app.register("vinyl_dealer").await;
    let browser = Browser::of(&app);
    let there = browser.link(&user, "corp", Value::Null).await;
    let back = brought(&provider.agrees(&there, "ada").await);
    let reply = browser.comes_back("corp", &borrowed(&back)).await;
    reply.problem(400, "untrusted_provider");
    assert_eq!(browser.identities(&user).await, Vec::<Value>::new());

    // One that says it is somebody else is not even begun with.
    let app = service(&format!("{}/tenant", provider.issuer)).await;
    let reply = Browser::of(&app)
        .send("POST", "/api/auth/identities/corp/start/", "", json!({}))
        .await;
    reply.problem(503, "provider_unavailable");
}

#[tokio::test]
async fn one_state_is_worth_one_sign_in_however_many_come_at_once() {
    let Some(provider) = Provider::start().await else {
        return;
    };
    let app = service(&provider.issuer).await;
    let user = app.register("vinyl_dealer").await;
    linked(&app, &provider, &user, "ada").await;
    let browser = Browser::of(&app);
    let there = browser.start("corp", json!({})).await;
    let back = brought(&provider.agrees(&there, "ada").await);
    let back = borrowed(&back);
    let calls = (0..50).map(|_| browser.comes_back("corp", &back));
    let replies = futures_util::future::join_all(calls.collect::<Vec<_>>()).await;
    let won: Vec<_> = replies.iter().filter(|reply| reply.status == 303).collect();
    assert_eq!(won.len(), 1);
    for reply in replies.iter().filter(|reply| reply.status != 303) {
        reply.problem(400, "invalid_state");
    }
    // And one code is worth one session.
    let code = super::browser::arrival(won[0], "code");
    let calls = (0..20).map(|_| browser.exchange(&code));
    let replies = futures_util::future::join_all(calls.collect::<Vec<_>>()).await;
    let sessions = replies.iter().filter(|reply| reply.status == 200);
    assert_eq!(sessions.count(), 1);
}
