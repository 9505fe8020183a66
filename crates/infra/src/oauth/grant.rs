//! The authorization code grant (RFC 6749 section 4.1) with PKCE (RFC 7636).

use std::borrow::Cow;

use oauth2::basic::{
    BasicErrorResponse, BasicErrorResponseType, BasicRevocationErrorResponse,
    BasicTokenIntrospectionResponse, BasicTokenType,
};
use oauth2::{
    AuthType, AuthUrl, AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndpointNotSet,
    EndpointSet, ExtraTokenFields, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RefreshToken,
    RequestTokenError, Scope, StandardRevocableToken, StandardTokenResponse, TokenResponse,
    TokenUrl,
};
use serde::{Deserialize, Serialize};
use vestibule_domain::identities::{ProviderError, ProviderTokens, Ties};
use vestibule_domain::kernel::{Secret, Timestamp};

use super::web::{Web, WebError};

/// What else than tokens a token endpoint answers.
#[derive(Debug, Serialize, Deserialize)]
struct IdFields {
    id_token: Option<String>,
}

impl ExtraTokenFields for IdFields {}

type Tokens = StandardTokenResponse<IdFields, BasicTokenType>;
type Client = oauth2::Client<
    BasicErrorResponse,
    Tokens,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
>;

/// Who we are at a provider, and where its endpoints are.
pub(super) struct Grant<'a> {
    pub(super) client_id: &'a str,
    pub(super) client_secret: Option<&'a Secret>,
    pub(super) authorize_url: String,
    pub(super) token_url: String,
    pub(super) redirect_url: &'a str,
    pub(super) scopes: &'a [String],
    /// Whether the secret goes into the `Authorization` header.
    pub(super) basic: bool,
    pub(super) pkce: bool,
}

/// What a token endpoint gave us.
pub(super) struct Granted {
    pub(super) tokens: ProviderTokens,
    pub(super) id_token: Option<String>,
}

impl Grant<'_> {
    fn client(&self) -> Result<Client, ProviderError> {
        let url = |error| ProviderError::unavailable(format!("not a URL: {error}"));
        let client = oauth2::Client::new(ClientId::new(self.client_id.to_owned()))
            .set_auth_uri(AuthUrl::new(self.authorize_url.clone()).map_err(url)?)
            .set_token_uri(TokenUrl::new(self.token_url.clone()).map_err(url)?)
            .set_redirect_uri(RedirectUrl::new(self.redirect_url.to_owned()).map_err(url)?)
            .set_auth_type(if self.basic {
                AuthType::BasicAuth
            } else {
                AuthType::RequestBody
            });
        Ok(match self.client_secret {
            Some(secret) => client.set_client_secret(ClientSecret::new(secret.expose().to_owned())),
            None => client,
        })
    }

    /// Where to send the user. `nonce` is for OpenID Connect.
    pub(super) fn authorization_url(
        &self,
        ties: &Ties,
        nonce: bool,
    ) -> Result<String, ProviderError> {
        let client = self.client()?;
        let state = ties.state.expose().to_owned();
        let scopes = self.scopes.iter().cloned().map(Scope::new);
        let mut request = client
            .authorize_url(move || CsrfToken::new(state))
            .add_scopes(scopes);
        if self.pkce {
            let verifier = PkceCodeVerifier::new(ties.verifier.expose().to_owned());
            let challenge = PkceCodeChallenge::from_code_verifier_sha256(&verifier);
            request = request.set_pkce_challenge(challenge);
        }
        if nonce {
            let nonce = Cow::Borrowed(ties.nonce.expose());
            request = request.add_extra_param("nonce", nonce);
        }
        Ok(request.url().0.into())
    }

    /// Redeems a code.
    pub(super) async fn redeem(
        &self,
        web: &Web,
        code: &Secret,
        ties: &Ties,
        now: Timestamp,
    ) -> Result<Granted, ProviderError> {
        let client = self.client()?;
        let mut request = client.exchange_code(AuthorizationCode::new(code.expose().to_owned()));
        if self.pkce {
            let verifier = PkceCodeVerifier::new(ties.verifier.expose().to_owned());
            request = request.set_pkce_verifier(verifier);
        }
        let tokens = request.request_async(web).await.map_err(refused)?;
        Ok(granted(&tokens, None, now))
    }

    /// Refreshes tokens; a provider that sends no new refresh token leaves the
    /// old one.
    pub(super) async fn refresh(
        &self,
        web: &Web,
        refresh: &Secret,
        now: Timestamp,
    ) -> Result<Granted, ProviderError> {
        let client = self.client()?;
        let token = RefreshToken::new(refresh.expose().to_owned());
        let request = client.exchange_refresh_token(&token);
        let tokens = request.request_async(web).await.map_err(refused)?;
        Ok(granted(&tokens, Some(refresh), now))
    }
}

fn granted(tokens: &Tokens, before: Option<&Secret>, now: Timestamp) -> Granted {
    Granted {
        tokens: ProviderTokens {
            access: Secret::new(tokens.access_token().secret()),
            refresh: tokens
                .refresh_token()
                .map(|token| Secret::new(token.secret()))
                .or_else(|| before.cloned()),
            expires_at: tokens.expires_in().map(|lifetime| now.after(lifetime)),
        },
        id_token: tokens.extra_fields().id_token.clone(),
    }
}

/// What is wrong with us, or with the provider, says nothing about the code or
/// token that was shown.
fn refused(error: RequestTokenError<WebError, BasicErrorResponse>) -> ProviderError {
    match &error {
        RequestTokenError::ServerResponse(answer) => match answer.error() {
            BasicErrorResponseType::InvalidClient
            | BasicErrorResponseType::UnauthorizedClient
            | BasicErrorResponseType::UnsupportedGrantType
            | BasicErrorResponseType::InvalidScope => {
                ProviderError::unavailable(format!("it refused the client: {}", answer.error()))
            }
            BasicErrorResponseType::Extension(kind)
                if matches!(
                    kind.as_str(),
                    "server_error" | "temporarily_unavailable" | "incorrect_client_credentials"
                ) =>
            {
                ProviderError::unavailable(kind.clone())
            }
            _ => ProviderError::Refused,
        },
        // What the provider sent may hold secrets.
        RequestTokenError::Parse(..) => {
            ProviderError::unavailable("it answered no tokens that can be read")
        }
        RequestTokenError::Request(_) | RequestTokenError::Other(_) => {
            ProviderError::unavailable(error)
        }
    }
}
