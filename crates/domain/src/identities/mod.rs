//! Linked identities: accounts at other providers that a user signs in with.
//!
//! An account at a provider is linked to at most one user, and only by a user
//! who is signed in: a sign-in with an unknown identity makes no account, and
//! no address is ever compared.
//!
//! A user who leaves for a provider takes a state along. It is stored as a
//! digest, once, and counts in the browser that left only, which has a cookie
//! for it. The PKCE verifier and the nonce are derived from the state under
//! the server's key, so that nothing has to be kept that could be stolen.

mod begin;
mod complete;
mod error;
mod exchange;
mod list;
mod model;
mod password;
mod ports;
mod providers;
mod unlink;
mod verify;

use std::fmt::Write as _;
use std::sync::Arc;

pub use begin::Departure;
pub use complete::{Callback, Completed};
pub use error::{
    BeginError, CompleteError, ExchangeError, IdentityRule, UnlinkError, VerifyIdentityError,
};
pub use model::*;
pub use ports::*;
pub use providers::*;

use crate::activity::{Details, Event, LogEntry};
use crate::credentials::Credentials;
use crate::kernel::{
    Clock, Digest, IdGenerator, Origin, Secret, SecretSource, SessionId, StoreError, UserId, Write,
};

/// Use cases on linked identities.
#[derive(Clone)]
pub struct Identities {
    /// The stored identities.
    pub store: Arc<dyn IdentityStore>,
    /// The configured providers.
    pub providers: Arc<dyn IdentityProviders>,
    /// Makes and fingerprints states, cookies and codes.
    pub secrets: Arc<dyn SecretSource>,
    /// Opens sessions, and checks who asks.
    pub credentials: Credentials,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Makes ids.
    pub ids: Arc<dyn IdGenerator>,
}

impl Identities {
    /// How the provider works; `None` when there is no such one.
    pub fn kind(&self, provider: &ProviderName) -> Option<ProviderKind> {
        self.providers.kind(provider)
    }

    fn digest(&self, secret: &Secret) -> Digest {
        self.secrets.digest(secret.expose().as_bytes())
    }

    /// What goes with a state, the same each time.
    fn ties(&self, state: Secret) -> Ties {
        let derived = |purpose: &str| {
            let mac = self
                .secrets
                .mac(format!("{purpose} {}", state.expose()).as_bytes());
            // 64 characters that a code verifier may have (RFC 7636 section 4.1).
            let hex = mac.0.iter().fold(String::new(), |mut hex, byte| {
                let _ = write!(hex, "{byte:02x}");
                hex
            });
            Secret::new(hex)
        };
        Ties {
            verifier: derived("identity code verifier"),
            nonce: derived("identity nonce"),
            state,
        }
    }

    /// The provider with our registration at the instance, made if need be.
    async fn target(
        &self,
        provider: &ProviderName,
        instance: Option<&InstanceName>,
    ) -> Result<Target, TargetError> {
        let client = match instance {
            None => None,
            Some(instance) => Some(
                if let Some(client) = self.store.client(provider, instance).await? {
                    client
                } else {
                    let client = self.providers.register(provider, instance).await?;
                    let write = Write::new(client, self.clock.now());
                    self.store.keep_client(write).await?
                },
            ),
        };
        Ok(Target {
            provider: provider.clone(),
            client,
        })
    }

    fn entry(
        &self,
        user: UserId,
        event: Event,
        session: SessionId,
        provider: &ProviderName,
        origin: &Origin,
    ) -> LogEntry {
        LogEntry {
            id: self.ids.id(),
            user,
            event,
            session: Some(session),
            origin: origin.clone(),
            details: Details::of([("provider", provider.as_str())]),
        }
    }
}

/// Why our registration at an instance is not to be had.
enum TargetError {
    Store(StoreError),
    Provider(ProviderError),
}

impl From<StoreError> for TargetError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<ProviderError> for TargetError {
    fn from(error: ProviderError) -> Self {
        Self::Provider(error)
    }
}

macro_rules! from_target_error {
    ($($error:ident)+) => { $(
        impl From<TargetError> for $error {
            fn from(error: TargetError) -> Self {
                match error {
                    TargetError::Store(error) => Self::Store(error),
                    TargetError::Provider(error) => Self::Provider(error),
                }
            }
        }
    )+ };
}
from_target_error! { BeginError CompleteError VerifyIdentityError }
