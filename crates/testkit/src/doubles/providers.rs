use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use vestibule_domain::identities::{
    IdentityProviders, InstanceClient, InstanceName, ProviderAccount, ProviderError, ProviderKind,
    ProviderLogin, ProviderName, ProviderTokens, ProviderUserId, ProviderUsername, Redemption,
    Target, Ties,
};
use vestibule_domain::kernel::{Secret, Timestamp};

/// Providers of every kind: `github` and `corp` by redirect, `mastodon` at
/// instances, `bluesky` by password.
///
/// A code or password `good:<name>` stands for the account of that name, whose
/// id is `id:<name>`. Everything else is refused, but for the code `forged`,
/// which is not to be trusted, and `down`, for which there is no answer.
#[derive(Debug, Default)]
pub struct ScriptedProviders {
    refused: Mutex<HashSet<String>>,
}

impl ScriptedProviders {
    /// Refuses the account of this name from now on, when it is checked.
    pub fn refuse(&self, name: &str) {
        self.lock().insert(name.to_owned());
    }

    /// Confirms the account of this name again.
    pub fn confirm(&self, name: &str) {
        self.lock().remove(name);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashSet<String>> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn account(text: &str) -> Result<ProviderAccount, ProviderError> {
        match text {
            "forged" => Err(ProviderError::Untrusted("nonce")),
            "down" => Err(ProviderError::unavailable("it is down")),
            _ => {
                let name = text.strip_prefix("good:").ok_or(ProviderError::Refused)?;
                let id = ProviderUserId::parse(&format!("id:{name}"));
                Ok(ProviderAccount {
                    id: id.map_err(|_| ProviderError::Refused)?,
                    username: ProviderUsername::parse(name).ok(),
                    tokens: ProviderTokens {
                        access: Secret::new(text),
                        refresh: None,
                        expires_at: None,
                    },
                })
            }
        }
    }
}

#[async_trait]
impl IdentityProviders for ScriptedProviders {
    fn kind(&self, provider: &ProviderName) -> Option<ProviderKind> {
        match provider.as_str() {
            "github" | "corp" => Some(ProviderKind::Redirect),
            "mastodon" => Some(ProviderKind::Instance),
            "bluesky" => Some(ProviderKind::Password),
            _ => None,
        }
    }

    fn names(&self) -> Vec<ProviderName> {
        ["github", "corp", "mastodon", "bluesky"]
            .into_iter()
            .filter_map(|name| ProviderName::parse(name).ok())
            .collect()
    }

    async fn register(
        &self,
        provider: &ProviderName,
        instance: &InstanceName,
    ) -> Result<InstanceClient, ProviderError> {
        match instance.as_str() {
            "down.example" => Err(ProviderError::unavailable("it is down")),
            "internal.example" => Err(ProviderError::BadInstance),
            _ => Ok(InstanceClient {
                provider: provider.clone(),
                instance: instance.clone(),
                client_id: format!("client of {instance}"),
                client_secret: Secret::new("client secret"),
            }),
        }
    }

    async fn authorization_url(
        &self,
        target: &Target,
        ties: &Ties,
    ) -> Result<String, ProviderError> {
        let host = target
            .client
            .as_ref()
            .map_or("provider.example", |client| client.instance.as_str());
        let provider = &target.provider;
        let state = ties.state.expose();
        Ok(format!("https://{host}/{provider}?state={state}"))
    }

    async fn redeem(
        &self,
        redemption: &Redemption,
        _: Timestamp,
    ) -> Result<ProviderAccount, ProviderError> {
        match redemption.issuer.as_deref() {
            None | Some("https://provider.example") => Self::account(redemption.code.expose()),
            Some(_) => Err(ProviderError::Untrusted("issuer")),
        }
    }

    async fn sign_in(
        &self,
        _: &ProviderName,
        login: &ProviderLogin,
        _: Timestamp,
    ) -> Result<ProviderAccount, ProviderError> {
        Self::account(login.password.expose())
    }

    async fn check(
        &self,
        _: &Target,
        tokens: &ProviderTokens,
        _: Timestamp,
    ) -> Result<ProviderAccount, ProviderError> {
        let text = tokens.access.expose();
        let name = text.strip_prefix("good:").unwrap_or_default();
        if self.lock().contains(name) {
            return Err(ProviderError::Refused);
        }
        Self::account(text)
    }
}
