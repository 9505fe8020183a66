//! Registration at a server of Mastodon that a user names.

use serde::Deserialize;
use vestibule_domain::identities::{InstanceClient, InstanceName, ProviderError, ProviderName};
use vestibule_domain::kernel::Secret;

use super::site::{SiteKind, SiteSettings};
use super::web::Web;

/// The network, as configured.
#[derive(Debug, Clone, Default)]
pub struct MastodonSettings {
    /// What we call ourselves at an instance.
    pub client_name: String,
    /// What is asked for.
    pub scopes: Vec<String>,
    /// Lets instances be loopback addresses with a port, over plain HTTP, for
    /// tests.
    pub allow_private: bool,
}

/// <https://docs.joinmastodon.org/methods/apps/#create>
#[derive(Deserialize)]
struct Registered {
    client_id: String,
    client_secret: String,
}

impl MastodonSettings {
    /// Where the instance is. It must be a name of the public internet, on the
    /// usual port: addresses and ports are for looking around in networks.
    fn base_url(&self, instance: &InstanceName) -> Result<String, ProviderError> {
        let name = instance.as_str();
        if self.allow_private {
            let loopback = name.starts_with("127.");
            let scheme = if loopback { "http" } else { "https" };
            return Ok(format!("{scheme}://{name}"));
        }
        let top_level = name.rsplit('.').next().unwrap_or_default();
        if name.contains(':') || top_level.bytes().all(|b| b.is_ascii_digit()) {
            return Err(ProviderError::BadInstance);
        }
        Ok(format!("https://{name}"))
    }

    /// Registers us at an instance. Why it did not work is not told: it would
    /// tell what is where in a network.
    pub(super) async fn register(
        &self,
        web: &Web,
        provider: &ProviderName,
        instance: &InstanceName,
        redirect_url: &str,
    ) -> Result<InstanceClient, ProviderError> {
        let base = self.base_url(instance)?;
        let form = [
            ("client_name", self.client_name.as_str()),
            ("redirect_uris", redirect_url),
            ("scopes", &self.scopes.join(" ")),
        ];
        let registered: Registered = web
            .post_form(&format!("{base}/api/v1/apps"), &form)
            .await
            .map_err(|error| {
                tracing::info!(%instance, %error, "cannot register at an instance");
                ProviderError::BadInstance
            })?;
        Ok(InstanceClient {
            provider: provider.clone(),
            instance: instance.clone(),
            client_id: registered.client_id,
            client_secret: Secret::new(registered.client_secret),
        })
    }

    /// The instance as a provider that we are registered at.
    pub(super) fn site(&self, client: &InstanceClient) -> Result<SiteSettings, ProviderError> {
        let base = self.base_url(&client.instance)?;
        Ok(SiteSettings {
            kind: SiteKind::Mastodon,
            client_id: client.client_id.clone(),
            client_secret: client.client_secret.clone(),
            base_url: base.clone(),
            api_url: base,
            scopes: self.scopes.clone(),
        })
    }
}
