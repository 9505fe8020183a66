//! Identity providers: OAuth 2.0, OpenID Connect, and Bluesky's own way.

mod bluesky;
mod grant;
mod id_token;
mod mastodon;
mod oidc;
mod site;
mod web;

use std::collections::BTreeMap;
use std::fmt;

use async_trait::async_trait;
use thiserror::Error;
use vestibule_domain::identities::{
    IdentityProviders, InstanceClient, InstanceName, ProviderAccount, ProviderError, ProviderKind,
    ProviderLogin, ProviderName, ProviderTokens, Redemption, Target, Ties,
};
use vestibule_domain::kernel::Timestamp;

pub use mastodon::MastodonSettings;
use oidc::Oidc;
pub use oidc::OidcSettings;
use site::Site;
pub use site::{SiteKind, SiteSettings};
use web::Web;

/// One provider, as configured.
#[derive(Debug, Clone)]
pub enum ProviderSettings {
    /// GitHub, LinkedIn or X.
    Site(SiteSettings),
    /// An OpenID Connect provider.
    Oidc(OidcSettings),
    /// The servers of Mastodon.
    Mastodon(MastodonSettings),
    /// Bluesky; where its session calls are, without a slash at its end.
    Bluesky(String),
}

/// The HTTP clients cannot be set up.
#[derive(Debug, Error)]
#[error("cannot set up HTTPS for identity providers: {0:?}")]
pub struct ProvidersError(#[from] reqwest::Error);

/// All configured providers.
#[derive(Default)]
pub struct Providers(BTreeMap<ProviderName, Provider>);

struct Provider {
    how: How,
    web: Web,
    /// Where users come back to.
    redirect_url: String,
}

enum How {
    Site(SiteSettings),
    Oidc(Oidc),
    Mastodon(MastodonSettings),
    Bluesky(String),
}

impl Providers {
    /// The providers of these names; users come back to paths below
    /// `public_url`, which ends without a slash.
    pub fn new(
        settings: impl IntoIterator<Item = (ProviderName, ProviderSettings)>,
        public_url: &str,
    ) -> Result<Self, ProvidersError> {
        let mut providers = BTreeMap::new();
        let mut trusted = None;
        for (name, settings) in settings {
            let redirect_url = format!("{public_url}/api/auth/identities/{name}/callback");
            let web = match &settings {
                ProviderSettings::Mastodon(mastodon) => Web::vetted(mastodon.allow_private)?,
                _ => match &trusted {
                    Some(web) => Web::clone(web),
                    None => trusted.insert(Web::trusted()?).clone(),
                },
            };
            let how = match settings {
                ProviderSettings::Site(site) => How::Site(site),
                ProviderSettings::Oidc(oidc) => How::Oidc(Oidc::new(oidc, redirect_url.clone())),
                ProviderSettings::Mastodon(mastodon) => How::Mastodon(mastodon),
                ProviderSettings::Bluesky(base) => How::Bluesky(base),
            };
            let provider = Provider {
                how,
                web,
                redirect_url,
            };
            providers.insert(name, provider);
        }
        Ok(Self(providers))
    }

    /// The use cases ask for configured providers only.
    fn get(&self, name: &ProviderName) -> Result<&Provider, ProviderError> {
        self.0
            .get(name)
            .ok_or_else(|| ProviderError::unavailable("it is not configured"))
    }
}

impl fmt::Debug for Providers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// A call that this kind of provider has no answer to; the use cases make none.
fn of_another_kind() -> ProviderError {
    ProviderError::unavailable("it is a provider of another kind")
}

impl Provider {
    /// The site that users are sent to, where the provider is none of its own kind.
    fn site(&self, target: &Target) -> Result<SiteSettings, ProviderError> {
        match (&self.how, &target.client) {
            (How::Site(settings), None) => Ok(settings.clone()),
            (How::Mastodon(mastodon), Some(client)) => mastodon.site(client),
            _ => Err(of_another_kind()),
        }
    }

    fn at<'a>(&'a self, settings: &'a SiteSettings, target: &'a Target) -> Site<'a> {
        Site {
            settings,
            redirect_url: &self.redirect_url,
            instance: target
                .client
                .as_ref()
                .map(|client| client.instance.as_str()),
        }
    }
}

#[async_trait]
impl IdentityProviders for Providers {
    fn kind(&self, provider: &ProviderName) -> Option<ProviderKind> {
        self.0.get(provider).map(|provider| match provider.how {
            How::Site(_) | How::Oidc(_) => ProviderKind::Redirect,
            How::Mastodon(_) => ProviderKind::Instance,
            How::Bluesky(_) => ProviderKind::Password,
        })
    }

    fn names(&self) -> Vec<ProviderName> {
        self.0.keys().cloned().collect()
    }

    async fn register(
        &self,
        provider: &ProviderName,
        instance: &InstanceName,
    ) -> Result<InstanceClient, ProviderError> {
        let Provider {
            how,
            web,
            redirect_url,
        } = self.get(provider)?;
        match how {
            How::Mastodon(mastodon) => {
                mastodon
                    .register(web, provider, instance, redirect_url)
                    .await
            }
            _ => Err(of_another_kind()),
        }
    }

    async fn authorization_url(
        &self,
        target: &Target,
        ties: &Ties,
    ) -> Result<String, ProviderError> {
        let provider = self.get(&target.provider)?;
        if let How::Oidc(oidc) = &provider.how {
            oidc.authorization_url(&provider.web, ties).await
        } else {
            let settings = provider.site(target)?;
            provider.at(&settings, target).authorization_url(ties)
        }
    }

    async fn redeem(
        &self,
        redemption: &Redemption,
        now: Timestamp,
    ) -> Result<ProviderAccount, ProviderError> {
        let target = &redemption.target;
        let provider = self.get(&target.provider)?;
        if let How::Oidc(oidc) = &provider.how {
            oidc.redeem(&provider.web, redemption, now).await
        } else {
            let settings = provider.site(target)?;
            let site = provider.at(&settings, target);
            site.redeem(&provider.web, redemption, now).await
        }
    }

    async fn sign_in(
        &self,
        provider: &ProviderName,
        login: &ProviderLogin,
        _: Timestamp,
    ) -> Result<ProviderAccount, ProviderError> {
        let provider = self.get(provider)?;
        match &provider.how {
            How::Bluesky(base) => bluesky::sign_in(&provider.web, base, login).await,
            _ => Err(of_another_kind()),
        }
    }

    async fn check(
        &self,
        target: &Target,
        tokens: &ProviderTokens,
        now: Timestamp,
    ) -> Result<ProviderAccount, ProviderError> {
        let provider = self.get(&target.provider)?;
        match &provider.how {
            How::Oidc(oidc) => oidc.check(&provider.web, tokens, now).await,
            How::Bluesky(base) => bluesky::check(&provider.web, base, tokens).await,
            _ => {
                let settings = provider.site(target)?;
                let site = provider.at(&settings, target);
                site.check(&provider.web, tokens, now).await
            }
        }
    }
}
