//! Any OpenID Connect provider, found by its issuer (Discovery 1.0).

use std::sync::Arc;
use std::time::{Duration, Instant};

use jsonwebtoken::jwk::JwkSet;
use serde::Deserialize;
use tokio::sync::Mutex;
use vestibule_domain::identities::{
    ProviderAccount, ProviderError, ProviderTokens, ProviderUserId, ProviderUsername, Redemption,
    Ties,
};
use vestibule_domain::kernel::{Secret, Timestamp};

use super::grant::Grant;
use super::id_token::{Claims, Expected, Rejected, verify};
use super::web::Web;

/// How long a provider's metadata and keys are used without another look.
const FRESH: Duration = Duration::from_mins(10);
/// A key that we do not know makes us look again, this often at most.
const KEYS_AT_MOST_EVERY: Duration = Duration::from_secs(10);

/// One provider, as configured.
#[derive(Debug, Clone)]
pub struct OidcSettings {
    /// Its issuer, exactly as its tokens say.
    pub issuer: String,
    /// Our client id.
    pub client_id: String,
    /// Our client secret; `None` for a public client.
    pub client_secret: Option<Secret>,
    /// What is asked for; `openid` among it.
    pub scopes: Vec<String>,
}

/// A provider with what it said about itself.
pub(super) struct Oidc {
    settings: OidcSettings,
    redirect_url: String,
    found: Mutex<Option<(Instant, Arc<Metadata>)>>,
    keys: Mutex<Option<(Instant, Arc<JwkSet>)>>,
}

#[derive(Debug, Deserialize)]
struct Metadata {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    userinfo_endpoint: Option<String>,
    jwks_uri: String,
    #[serde(default)]
    token_endpoint_auth_methods_supported: Vec<String>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

#[derive(Debug, Deserialize)]
struct UserInfo {
    sub: String,
    preferred_username: Option<String>,
    name: Option<String>,
}

impl Oidc {
    pub(super) fn new(settings: OidcSettings, redirect_url: String) -> Self {
        Self {
            settings,
            redirect_url,
            found: Mutex::default(),
            keys: Mutex::default(),
        }
    }

    /// Where to send the user.
    pub(super) async fn authorization_url(
        &self,
        web: &Web,
        ties: &Ties,
    ) -> Result<String, ProviderError> {
        let metadata = self.metadata(web).await?;
        self.grant(&metadata).authorization_url(ties, true)
    }

    /// Redeems a code, and checks the ID token that comes with it.
    pub(super) async fn redeem(
        &self,
        web: &Web,
        redemption: &Redemption,
        now: Timestamp,
    ) -> Result<ProviderAccount, ProviderError> {
        let metadata = self.metadata(web).await?;
        match &redemption.issuer {
            Some(issuer) if *issuer != self.settings.issuer => {
                return Err(ProviderError::Untrusted("issuer of the answer"));
            }
            None if metadata.authorization_response_iss_parameter_supported => {
                return Err(ProviderError::Untrusted("issuer of the answer"));
            }
            _ => {}
        }
        let ties = &redemption.ties;
        let granted = self
            .grant(&metadata)
            .redeem(web, &redemption.code, ties, now)
            .await?;
        let token = granted
            .id_token
            .ok_or(ProviderError::Untrusted("ID token"))?;
        let nonce = Some(ties.nonce.expose());
        let claims = self.claims(web, &metadata, &token, nonce, now).await?;
        let named = claims.preferred_username.is_some() || claims.name.is_some();
        let info = match (named, &metadata.userinfo_endpoint) {
            (false, Some(url)) => user_info(web, url, &granted.tokens.access).await.ok(),
            _ => None,
        };
        if info.as_ref().is_some_and(|info| info.sub != claims.sub) {
            return Err(ProviderError::Untrusted("subject of the user info"));
        }
        let (username, name) = match info {
            Some(info) => (info.preferred_username, info.name),
            None => (claims.preferred_username, claims.name),
        };
        account(&claims.sub, username.or(name), granted.tokens)
    }

    /// Refreshes the tokens where they can be, and asks whose they are.
    pub(super) async fn check(
        &self,
        web: &Web,
        tokens: &ProviderTokens,
        now: Timestamp,
    ) -> Result<ProviderAccount, ProviderError> {
        let metadata = self.metadata(web).await?;
        let mut tokens = tokens.clone();
        let mut claims = None;
        if let Some(refresh) = &tokens.refresh {
            let granted = self.grant(&metadata).refresh(web, refresh, now).await?;
            if let Some(token) = granted.id_token {
                claims = Some(self.claims(web, &metadata, &token, None, now).await?);
            }
            tokens = granted.tokens;
        }
        let info = match &metadata.userinfo_endpoint {
            Some(url) => Some(user_info(web, url, &tokens.access).await?),
            None => None,
        };
        match (info, claims) {
            (Some(info), claims) => {
                if claims.is_some_and(|claims| claims.sub != info.sub) {
                    return Err(ProviderError::Untrusted("subject of the user info"));
                }
                account(&info.sub, info.preferred_username.or(info.name), tokens)
            }
            (None, Some(claims)) => account(
                &claims.sub,
                claims.preferred_username.or(claims.name),
                tokens,
            ),
            (None, None) => Err(ProviderError::unavailable("it tells nothing of its users")),
        }
    }

    fn grant<'a>(&'a self, metadata: &'a Metadata) -> Grant<'a> {
        let methods = &metadata.token_endpoint_auth_methods_supported;
        let has = |method: &str| methods.iter().any(|supported| supported == method);
        Grant {
            client_id: &self.settings.client_id,
            client_secret: self.settings.client_secret.as_ref(),
            authorize_url: metadata.authorization_endpoint.clone(),
            token_url: metadata.token_endpoint.clone(),
            redirect_url: &self.redirect_url,
            scopes: &self.settings.scopes,
            // The default where nothing is said (Discovery section 3).
            basic: has("client_secret_basic") || !has("client_secret_post"),
            pkce: true,
        }
    }

    /// What the provider says about itself. Its issuer must be the configured
    /// one, byte for byte (Discovery section 4.3).
    async fn metadata(&self, web: &Web) -> Result<Arc<Metadata>, ProviderError> {
        let mut found = self.found.lock().await;
        if let Some((since, metadata)) = &*found
            && since.elapsed() < FRESH
        {
            return Ok(Arc::clone(metadata));
        }
        let issuer = self.settings.issuer.trim_end_matches('/');
        let url = format!("{issuer}/.well-known/openid-configuration");
        let metadata: Metadata = web.get(&url, None).await.map_err(not_a_refusal)?;
        if metadata.issuer != self.settings.issuer {
            return Err(ProviderError::unavailable(format!(
                "it says that its issuer is {:?}",
                metadata.issuer
            )));
        }
        let metadata = Arc::new(metadata);
        *found = Some((Instant::now(), Arc::clone(&metadata)));
        Ok(metadata)
    }

    /// The claims of a token that passes all checks.
    async fn claims(
        &self,
        web: &Web,
        metadata: &Metadata,
        token: &str,
        nonce: Option<&str>,
        now: Timestamp,
    ) -> Result<Claims, ProviderError> {
        let expected = Expected {
            issuer: &self.settings.issuer,
            client_id: &self.settings.client_id,
            nonce,
        };
        let keys = self.keys(web, metadata, FRESH).await?;
        let verified = match verify(token, &keys, expected, now) {
            Err(Rejected::UnknownKey) => {
                let keys = self.keys(web, metadata, KEYS_AT_MOST_EVERY).await?;
                verify(token, &keys, expected, now)
            }
            verified => verified,
        };
        verified.map_err(|rejected| match rejected {
            Rejected::UnknownKey => ProviderError::Untrusted("key"),
            Rejected::Untrusted(check) => ProviderError::Untrusted(check),
        })
    }

    /// The provider's keys, `age` old at most.
    async fn keys(
        &self,
        web: &Web,
        metadata: &Metadata,
        age: Duration,
    ) -> Result<Arc<JwkSet>, ProviderError> {
        let mut keys = self.keys.lock().await;
        if let Some((since, keys)) = &*keys
            && since.elapsed() < age
        {
            return Ok(Arc::clone(keys));
        }
        let found: Arc<JwkSet> = web
            .get(&metadata.jwks_uri, None)
            .await
            .map_err(not_a_refusal)?;
        *keys = Some((Instant::now(), Arc::clone(&found)));
        Ok(found)
    }
}

/// A provider that does not tell about itself has not refused a user.
fn not_a_refusal(error: ProviderError) -> ProviderError {
    match error {
        ProviderError::Refused => ProviderError::unavailable("it does not tell its metadata"),
        other => other,
    }
}

async fn user_info(web: &Web, url: &str, access: &Secret) -> Result<UserInfo, ProviderError> {
    web.get(url, Some(access)).await
}

fn account(
    sub: &str,
    username: Option<String>,
    tokens: ProviderTokens,
) -> Result<ProviderAccount, ProviderError> {
    Ok(ProviderAccount {
        id: ProviderUserId::parse(sub).map_err(|_| ProviderError::Untrusted("subject"))?,
        username: username.and_then(|name| ProviderUsername::parse(&name).ok()),
        tokens,
    })
}
