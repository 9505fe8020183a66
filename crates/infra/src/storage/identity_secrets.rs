//! Secrets of providers at rest.

use serde::{Deserialize, Serialize};
use vestibule_domain::identities::{InstanceClient, InstanceName, ProviderName, ProviderTokens};
use vestibule_domain::kernel::{IdentityId, Secret, StoreError, Timestamp};

use super::stored::Stored;
use crate::crypto::PayloadCipher;

/// Tokens as they are encrypted.
#[derive(Serialize, Deserialize)]
struct StoredTokens<'a> {
    access: std::borrow::Cow<'a, str>,
    refresh: Option<std::borrow::Cow<'a, str>>,
    expires_at: Option<i64>,
}

/// What the tokens are bound to, so that they open in their own row only.
fn tokens_context(identity: IdentityId) -> Vec<u8> {
    format!("identity:{identity}").into_bytes()
}

/// Encrypts tokens for the row of their identity.
pub(super) fn seal_tokens(
    cipher: &dyn PayloadCipher,
    identity: IdentityId,
    tokens: &ProviderTokens,
) -> Result<Vec<u8>, StoreError> {
    let ProviderTokens {
        access,
        refresh,
        expires_at,
    } = tokens;
    let stored = StoredTokens {
        access: access.expose().into(),
        refresh: refresh.as_ref().map(|refresh| refresh.expose().into()),
        expires_at: expires_at.map(Timestamp::as_micros),
    };
    let plain = serde_json::to_vec(&stored).map_err(StoreError::unavailable)?;
    Ok(cipher.seal(&tokens_context(identity), &plain))
}

/// Decrypts the tokens of an identity.
pub(super) fn open_tokens(
    cipher: &dyn PayloadCipher,
    identity: IdentityId,
    sealed: &[u8],
) -> Result<ProviderTokens, StoreError> {
    let id = identity.to_string();
    let row = Stored {
        table: "identities",
        row: &id,
    };
    let plain = cipher.open(&tokens_context(identity), sealed).ok_or(());
    let plain = row.parsed("tokens", plain)?;
    let stored: StoredTokens<'_> = row.parsed("tokens", serde_json::from_slice(&plain))?;
    Ok(ProviderTokens {
        access: Secret::new(stored.access),
        refresh: stored.refresh.map(Secret::new),
        expires_at: stored.expires_at.map(Timestamp::from_micros),
    })
}

fn client_context(provider: &ProviderName, instance: &InstanceName) -> Vec<u8> {
    format!("instance client:{provider}:{instance}").into_bytes()
}

/// Encrypts the secret of our registration at an instance.
pub(super) fn seal_client_secret(cipher: &dyn PayloadCipher, client: &InstanceClient) -> Vec<u8> {
    let secret = client.client_secret.expose().as_bytes();
    cipher.seal(&client_context(&client.provider, &client.instance), secret)
}

/// Decrypts the secret of our registration at an instance.
pub(super) fn open_client_secret(
    cipher: &dyn PayloadCipher,
    provider: &ProviderName,
    instance: &InstanceName,
    sealed: &[u8],
) -> Result<Secret, StoreError> {
    let row = Stored {
        table: "instance_clients",
        row: instance.as_str(),
    };
    let plain = cipher.open(&client_context(provider, instance), sealed);
    let plain = row.parsed("client_secret", plain.ok_or(()))?;
    Ok(Secret::new(
        row.parsed("client_secret", String::from_utf8(plain))?,
    ))
}
