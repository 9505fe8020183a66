//! Providers with an API of their own behind OAuth 2.0: GitHub, LinkedIn, X
//! and the servers of Mastodon.

use serde::Deserialize;
use vestibule_domain::identities::{
    ProviderAccount, ProviderError, ProviderTokens, ProviderUserId, ProviderUsername, Redemption,
    Ties,
};
use vestibule_domain::kernel::{Secret, Timestamp};

use super::grant::Grant;
use super::web::Web;

/// What such a provider is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SiteKind {
    /// `github.com`, or a GitHub Enterprise Server.
    GitHub,
    /// `linkedin.com`.
    LinkedIn,
    /// `x.com`.
    X,
    /// A server of the network.
    Mastodon,
}

/// One such provider, as configured.
#[derive(Debug, Clone)]
pub struct SiteSettings {
    /// What it is like.
    pub kind: SiteKind,
    /// Our client id.
    pub client_id: String,
    /// Our client secret.
    pub client_secret: Secret,
    /// Where users are sent, without a slash at its end.
    pub base_url: String,
    /// Where its API is, without a slash at its end.
    pub api_url: String,
    /// What is asked for.
    pub scopes: Vec<String>,
}

impl SiteKind {
    /// Where users are sent by default.
    pub const fn base_url(self) -> &'static str {
        match self {
            Self::GitHub => "https://github.com",
            Self::LinkedIn => "https://www.linkedin.com",
            Self::X => "https://x.com",
            Self::Mastodon => "",
        }
    }

    /// Where the API is by default.
    pub const fn api_url(self) -> &'static str {
        match self {
            Self::GitHub => "https://api.github.com",
            Self::LinkedIn => "https://api.linkedin.com",
            Self::X => "https://api.x.com",
            Self::Mastodon => "",
        }
    }

    /// What is asked for by default: who the user is, and nothing else.
    pub const fn scopes(self) -> &'static [&'static str] {
        match self {
            Self::GitHub => &["read:user"],
            Self::LinkedIn => &["openid", "profile"],
            // Without the last one there is no refresh token.
            Self::X => &["tweet.read", "users.read", "offline.access"],
            Self::Mastodon => &["read:accounts"],
        }
    }

    const fn authorize_path(self) -> &'static str {
        match self {
            Self::GitHub => "/login/oauth/authorize",
            Self::LinkedIn => "/oauth/v2/authorization",
            Self::X => "/i/oauth2/authorize",
            Self::Mastodon => "/oauth/authorize",
        }
    }

    const fn profile_path(self) -> &'static str {
        match self {
            Self::GitHub => "/user",
            Self::LinkedIn => "/v2/userinfo",
            Self::X => "/2/users/me",
            Self::Mastodon => "/api/v1/accounts/verify_credentials",
        }
    }
}

/// A provider that we are registered at.
pub(super) struct Site<'a> {
    pub(super) settings: &'a SiteSettings,
    pub(super) redirect_url: &'a str,
    /// The server's name, which belongs to the names of its users.
    pub(super) instance: Option<&'a str>,
}

impl Site<'_> {
    fn grant(&self) -> Grant<'_> {
        let settings = self.settings;
        let kind = settings.kind;
        let token_url = match kind {
            SiteKind::GitHub => format!("{}/login/oauth/access_token", settings.base_url),
            SiteKind::LinkedIn => format!("{}/oauth/v2/accessToken", settings.base_url),
            SiteKind::X => format!("{}/2/oauth2/token", settings.api_url),
            SiteKind::Mastodon => format!("{}/oauth/token", settings.base_url),
        };
        Grant {
            client_id: &settings.client_id,
            client_secret: Some(&settings.client_secret),
            authorize_url: format!("{}{}", settings.base_url, kind.authorize_path()),
            token_url,
            redirect_url: self.redirect_url,
            scopes: &settings.scopes,
            basic: kind == SiteKind::X,
            // LinkedIn answers `invalid_client` to a web client that sends a
            // code verifier: it has PKCE for native clients only.
            pkce: kind != SiteKind::LinkedIn,
        }
    }

    /// Where to send the user.
    pub(super) fn authorization_url(&self, ties: &Ties) -> Result<String, ProviderError> {
        self.grant().authorization_url(ties, false)
    }

    /// Redeems a code, and asks who the user is.
    pub(super) async fn redeem(
        &self,
        web: &Web,
        redemption: &Redemption,
        now: Timestamp,
    ) -> Result<ProviderAccount, ProviderError> {
        let issuer = redemption.issuer.as_deref();
        if issuer.is_some_and(|issuer| !same_origin(issuer, &self.settings.base_url)) {
            return Err(ProviderError::Untrusted("issuer of the answer"));
        }
        let granted = self
            .grant()
            .redeem(web, &redemption.code, &redemption.ties, now)
            .await?;
        self.profile(web, granted.tokens).await
    }

    /// Refreshes the tokens where they can be, and asks whose they are.
    pub(super) async fn check(
        &self,
        web: &Web,
        tokens: &ProviderTokens,
        now: Timestamp,
    ) -> Result<ProviderAccount, ProviderError> {
        let tokens = match &tokens.refresh {
            Some(refresh) => self.grant().refresh(web, refresh, now).await?.tokens,
            None => tokens.clone(),
        };
        self.profile(web, tokens).await
    }

    async fn profile(
        &self,
        web: &Web,
        tokens: ProviderTokens,
    ) -> Result<ProviderAccount, ProviderError> {
        let kind = self.settings.kind;
        let url = format!("{}{}", self.settings.api_url, kind.profile_path());
        let access = Some(&tokens.access);
        let (id, name) = match kind {
            SiteKind::GitHub => {
                let user: GitHubUser = web.get(&url, access).await?;
                (user.id.to_string(), Some(user.login))
            }
            SiteKind::LinkedIn => {
                let user: LinkedInUser = web.get(&url, access).await?;
                (user.sub, user.name)
            }
            SiteKind::X => {
                let XUser { data } = web.get(&url, access).await?;
                (data.id, Some(data.username))
            }
            SiteKind::Mastodon => {
                let user: MastodonUser = web.get(&url, access).await?;
                let name = match self.instance {
                    Some(instance) => format!("{}@{instance}", user.acct),
                    None => user.acct,
                };
                (user.id, Some(name))
            }
        };
        Ok(ProviderAccount {
            id: ProviderUserId::parse(&id).map_err(|_| ProviderError::Untrusted("user's id"))?,
            username: name.and_then(|name| ProviderUsername::parse(&name).ok()),
            tokens,
        })
    }
}

/// These providers do not document the issuer that they send, if they do; it
/// is theirs when it is on the host that the user was sent to.
fn same_origin(issuer: &str, base: &str) -> bool {
    let origin = |text: &str| url::Url::parse(text).ok().map(|url| url.origin());
    origin(issuer).is_some_and(|issuer| Some(issuer) == origin(base))
}

/// <https://docs.github.com/en/rest/users/users#get-the-authenticated-user>
#[derive(Deserialize)]
struct GitHubUser {
    id: u64,
    login: String,
}

/// <https://learn.microsoft.com/en-us/linkedin/consumer/integrations/self-serve/sign-in-with-linkedin-v2>
#[derive(Deserialize)]
struct LinkedInUser {
    sub: String,
    name: Option<String>,
}

/// <https://docs.x.com/x-api/users/get-my-user>
#[derive(Deserialize)]
struct XUser {
    data: XUserData,
}

#[derive(Deserialize)]
struct XUserData {
    id: String,
    username: String,
}

/// <https://docs.joinmastodon.org/methods/accounts/#verify_credentials>
#[derive(Deserialize)]
struct MastodonUser {
    id: String,
    acct: String,
}
