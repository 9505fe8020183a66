//! Settings of identity providers.

use std::collections::BTreeMap;

use serde::Deserialize;
use vestibule_domain::identities::ProviderName;
use vestibule_domain::kernel::Secret;
use vestibule_infra::oauth::{
    MastodonSettings, OidcSettings, ProviderSettings, SiteKind, SiteSettings,
};

use super::readers::{list, optional, parsed};
use super::values::{PlainSecret, PublicUrl};

/// Names that are taken by providers of their own.
const BUILT_IN: [&str; 5] = ["github", "linkedin", "x", "mastodon", "bluesky"];

/// Identity providers; none is on unless it is configured.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Identities {
    /// The page of the front end that users come back to from a provider, with
    /// `?code=`, `?linked=` or `?error=`. `<public_url>/identities/return`.
    #[serde(deserialize_with = "optional")]
    pub(crate) return_url: Option<PublicUrl>,
    /// GitHub.
    github: OAuthClient,
    /// LinkedIn.
    linkedin: OAuthClient,
    /// X.
    x: OAuthClient,
    /// Mastodon.
    mastodon: Mastodon,
    /// Bluesky.
    bluesky: Bluesky,
    /// OpenID Connect providers, by the names that they have in paths.
    oidc: BTreeMap<String, Oidc>,
}

/// Our registration at a provider.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct OAuthClient {
    /// The client id; the provider is on with it. None.
    #[serde(deserialize_with = "optional")]
    client_id: Option<String>,
    /// The client secret. None.
    #[serde(deserialize_with = "optional")]
    client_secret: Option<PlainSecret>,
    /// Where users are sent. The provider's own.
    #[serde(deserialize_with = "optional")]
    base_url: Option<PublicUrl>,
    /// Where its API is. The provider's own.
    #[serde(deserialize_with = "optional")]
    api_url: Option<PublicUrl>,
    /// What is asked for. Who the user is.
    #[serde(deserialize_with = "list")]
    scopes: Vec<String>,
}

/// Mastodon.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Mastodon {
    /// Whether it is on. `false`.
    enabled: bool,
    /// What the service calls itself at an instance. `Vestibule`.
    #[serde(deserialize_with = "parsed")]
    client_name: String,
    /// What is asked for. `read:accounts`.
    #[serde(deserialize_with = "list")]
    scopes: Vec<String>,
    /// Lets instances be loopback addresses, over plain HTTP, for tests. `false`.
    allow_private_instances: bool,
}

impl Default for Mastodon {
    fn default() -> Self {
        Self {
            enabled: false,
            client_name: "Vestibule".to_owned(),
            scopes: Vec::new(),
            allow_private_instances: false,
        }
    }
}

/// Bluesky.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Bluesky {
    /// Whether it is on. `false`.
    enabled: bool,
    /// Where its session calls are. `https://bsky.social`.
    #[serde(deserialize_with = "optional")]
    base_url: Option<PublicUrl>,
}

/// An OpenID Connect provider.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Oidc {
    /// Its issuer, exactly as its tokens say. Required.
    #[serde(deserialize_with = "optional")]
    issuer: Option<String>,
    /// The client id. Required.
    #[serde(deserialize_with = "optional")]
    client_id: Option<String>,
    /// The client secret; without one the service is a public client. None.
    #[serde(deserialize_with = "optional")]
    client_secret: Option<PlainSecret>,
    /// What is asked for; `openid` is added. `openid`, `profile`.
    #[serde(deserialize_with = "list")]
    scopes: Vec<String>,
}

fn owned(scopes: &[&str]) -> Vec<String> {
    scopes.iter().map(|scope| (*scope).to_owned()).collect()
}

fn or_default(scopes: &[String], default: &[&str]) -> Vec<String> {
    if scopes.is_empty() {
        owned(default)
    } else {
        scopes.to_vec()
    }
}

fn secret(secret: &PlainSecret) -> Secret {
    Secret::new(secret.expose())
}

impl Identities {
    /// The providers that are on; else the setting that is wrong, and why.
    pub(crate) fn providers(&self) -> Result<Vec<(ProviderName, ProviderSettings)>, String> {
        let mut providers = Vec::new();
        let mut add = |name: &str, settings: ProviderSettings| {
            let name = ProviderName::parse(name).map_err(|invalid| invalid.message.to_string())?;
            providers.push((name, settings));
            Ok::<_, String>(())
        };
        for (name, client, kind) in [
            ("github", &self.github, SiteKind::GitHub),
            ("linkedin", &self.linkedin, SiteKind::LinkedIn),
            ("x", &self.x, SiteKind::X),
        ] {
            if let Some(site) = client.site(name, kind)? {
                add(name, ProviderSettings::Site(site))?;
            }
        }
        if self.mastodon.enabled {
            let mastodon = MastodonSettings {
                client_name: self.mastodon.client_name.clone(),
                scopes: or_default(&self.mastodon.scopes, SiteKind::Mastodon.scopes()),
                allow_private: self.mastodon.allow_private_instances,
            };
            add("mastodon", ProviderSettings::Mastodon(mastodon))?;
        }
        if self.bluesky.enabled {
            let base = self.bluesky.base_url.as_ref();
            let base = base.map_or("https://bsky.social", PublicUrl::as_str);
            add("bluesky", ProviderSettings::Bluesky(base.to_owned()))?;
        }
        for (name, oidc) in &self.oidc {
            if BUILT_IN.contains(&name.as_str()) || ProviderName::parse(name).is_err() {
                return Err(format!(
                    "identities.oidc.{name}: use a name of a-z, 0-9, - and _ that is none of {}",
                    BUILT_IN.join(", ")
                ));
            }
            add(name, ProviderSettings::Oidc(oidc.settings(name)?))?;
        }
        Ok(providers)
    }
}

impl OAuthClient {
    fn site(&self, name: &str, kind: SiteKind) -> Result<Option<SiteSettings>, String> {
        let (client_id, client_secret) = match (&self.client_id, &self.client_secret) {
            (None, None) => return Ok(None),
            (Some(id), Some(secret)) => (id.clone(), secret),
            (None, Some(_)) => return Err(required(name, "client_id", "client_secret")),
            (Some(_), None) => return Err(required(name, "client_secret", "client_id")),
        };
        let url = |url: &Option<PublicUrl>, default: &str| {
            url.as_ref()
                .map_or_else(|| default.to_owned(), |url| url.as_str().to_owned())
        };
        Ok(Some(SiteSettings {
            kind,
            client_id,
            client_secret: secret(client_secret),
            base_url: url(&self.base_url, kind.base_url()),
            api_url: url(&self.api_url, kind.api_url()),
            scopes: or_default(&self.scopes, kind.scopes()),
        }))
    }
}

fn required(name: &str, missing: &str, given: &str) -> String {
    format!("identities.{name}.{missing}: required with identities.{name}.{given}")
}

impl Oidc {
    fn settings(&self, name: &str) -> Result<OidcSettings, String> {
        let required = |value: &Option<String>, setting: &str| {
            value.clone().ok_or_else(|| {
                format!("identities.oidc.{name}.{setting}: required for this provider")
            })
        };
        let issuer = required(&self.issuer, "issuer")?;
        if issuer.parse::<PublicUrl>().is_err() {
            return Err(format!(
                "identities.oidc.{name}.issuer: use an http or https URL, for example https://login.example.com"
            ));
        }
        let mut scopes = or_default(&self.scopes, &["openid", "profile"]);
        if !scopes.iter().any(|scope| scope == "openid") {
            scopes.insert(0, "openid".to_owned());
        }
        Ok(OidcSettings {
            issuer,
            client_id: required(&self.client_id, "client_id")?,
            client_secret: self.client_secret.as_ref().map(secret),
            scopes,
        })
    }
}
