use async_trait::async_trait;
use thiserror::Error;

use super::model::{InstanceName, ProviderName, ProviderTokens, ProviderUserId, ProviderUsername};
use crate::kernel::{BoxError, Secret, Timestamp};

/// How users prove to a provider who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProviderKind {
    /// At an address of the provider, from which they come back with a code.
    Redirect,
    /// The same at a server of their choice, where we register first.
    Instance,
    /// By a name and a password for this purpose, which we pass on.
    Password,
}

/// Our registration as a client at one server of a network.
#[derive(Debug, Clone)]
pub struct InstanceClient {
    /// The network.
    pub provider: ProviderName,
    /// The server.
    pub instance: InstanceName,
    /// The client id that it gave us.
    pub client_id: String,
    /// The client secret that it gave us.
    pub client_secret: Secret,
}

/// Whom to ask: a provider, and the server of a network.
#[derive(Debug, Clone)]
pub struct Target {
    /// The provider.
    pub provider: ProviderName,
    /// Our registration at the server, where the provider is a network.
    pub client: Option<InstanceClient>,
}

/// What ties a user's leaving for a provider to their coming back.
#[derive(Debug, Clone)]
pub struct Ties {
    /// `state` of RFC 6749.
    pub state: Secret,
    /// `code_verifier` of RFC 7636.
    pub verifier: Secret,
    /// `nonce` of OpenID Connect.
    pub nonce: Secret,
}

/// What a user brought back from a provider.
#[derive(Debug, Clone)]
pub struct Redemption {
    /// From where.
    pub target: Target,
    /// The authorization code.
    pub code: Secret,
    /// `iss` of RFC 9207, where the provider sent it.
    pub issuer: Option<String>,
    /// What ties it to the leaving.
    pub ties: Ties,
}

/// A name and a password at a provider.
#[derive(Debug, Clone)]
pub struct ProviderLogin {
    /// The name, as typed.
    pub identifier: String,
    /// The password, as typed.
    pub password: Secret,
}

/// What a provider says of a user.
#[derive(Debug, Clone)]
pub struct ProviderAccount {
    /// Its id for the user.
    pub id: ProviderUserId,
    /// Its name for the user.
    pub username: Option<ProviderUsername>,
    /// What it gave us.
    pub tokens: ProviderTokens,
}

/// The configured identity providers. Port.
///
/// An adapter MUST NOT follow a redirect of a provider, MUST bound the time
/// and size of each answer, and MUST NOT connect to a private address for an
/// instance that a user named.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait IdentityProviders: Send + Sync {
    /// How the provider works; `None` when it is not configured.
    fn kind(&self, provider: &ProviderName) -> Option<ProviderKind>;

    /// The providers that are configured.
    fn names(&self) -> Vec<ProviderName>;

    /// Registers us at a server of a network.
    async fn register(
        &self,
        provider: &ProviderName,
        instance: &InstanceName,
    ) -> Result<InstanceClient, ProviderError>;

    /// The address to which to send the user.
    async fn authorization_url(
        &self,
        target: &Target,
        ties: &Ties,
    ) -> Result<String, ProviderError>;

    /// Redeems the code that a user brought back.
    ///
    /// MUST check what the provider signs: issuer, audience, lifetime and
    /// nonce of an ID token (OpenID Connect Core section 3.1.3.7), and
    /// `issuer` where one was sent (`Untrusted`).
    async fn redeem(
        &self,
        redemption: &Redemption,
        now: Timestamp,
    ) -> Result<ProviderAccount, ProviderError>;

    /// Signs in at a provider by name and password.
    async fn sign_in(
        &self,
        provider: &ProviderName,
        login: &ProviderLogin,
        now: Timestamp,
    ) -> Result<ProviderAccount, ProviderError>;

    /// Asks who these tokens stand for, and refreshes them where they can be.
    async fn check(
        &self,
        target: &Target,
        tokens: &ProviderTokens,
        now: Timestamp,
    ) -> Result<ProviderAccount, ProviderError>;
}

/// Why a provider gave no answer that counts.
#[derive(Debug, Error)]
pub enum ProviderError {
    /// It refused what it was shown: a code, a token or a password.
    #[error("the provider refused")]
    Refused,
    /// What it said is not to be trusted; names the check that failed.
    #[error("the answer is not to be trusted: {0}")]
    Untrusted(&'static str),
    /// The user's instance is not one that we connect to, or does not answer
    /// like one.
    #[error("the instance cannot be used")]
    BadInstance,
    /// It could not be reached, or answered nonsense.
    #[error("the provider cannot be reached")]
    Unavailable(#[source] BoxError),
}

impl ProviderError {
    /// A [`ProviderError::Unavailable`] with its cause.
    pub fn unavailable(cause: impl Into<BoxError>) -> Self {
        Self::Unavailable(cause.into())
    }
}
