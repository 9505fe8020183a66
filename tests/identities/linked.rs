//! Linked identities for tests of other things.

use reqwest::Url;
use serde_json::{Value, json};

use super::browser::Browser;
use super::stand_ins::{Shared, agrees, borrowed, providers, settings};
use super::wire::Wire;
use crate::support::{Account, TestApp};

/// All providers, in one server.
pub(crate) struct Providers {
    world: Shared,
    wire: Wire,
}

impl Providers {
    pub(crate) fn start() -> Self {
        let world = Shared::default();
        let wire = providers(&world);
        Self { world, wire }
    }

    /// What the service needs to know of them.
    pub(crate) fn settings(&self) -> Vec<(&str, &str)> {
        settings(&self.wire.base)
    }

    /// The instance that there is of a network.
    pub(crate) fn instance(&self) -> &str {
        self.wire.host()
    }

    /// Links the account that is at the provider; answers the identity's uid.
    pub(crate) async fn link(&self, app: &TestApp, user: &Account, provider: &str) -> String {
        let browser = Browser::of(app);
        let body = match provider {
            "mastodon" => json!({"instance": self.instance()}),
            _ => Value::Null,
        };
        let there = browser.link(user, provider, body).await;
        let back = agrees(&self.world, &there, &format!("link {provider}"));
        browser.arrives(provider, &borrowed(&back), "linked").await
    }
    /// The user agrees at a provider: what the browser brings back.
    pub(crate) fn agrees(&self, there: &Url, code: &str) -> [(String, String); 2] {
        agrees(&self.world, there, code)
    }

    /// Every secret that the providers gave out or were shown.
    pub(crate) fn secrets(&self) -> Vec<String> {
        self.world.lock().unwrap().secrets.clone()
    }
}
