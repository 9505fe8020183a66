//! Bluesky, by the session calls of the AT protocol. An app password proves
//! who the user is; the session that it opens is what is kept.

use serde::Deserialize;
use serde_json::json;
use vestibule_domain::identities::{
    ProviderAccount, ProviderError, ProviderLogin, ProviderTokens, ProviderUserId, ProviderUsername,
};
use vestibule_domain::kernel::Secret;

use super::web::Web;

/// <https://docs.bsky.app/docs/api/com-atproto-server-create-session>
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Session {
    did: String,
    handle: String,
    access_jwt: String,
    refresh_jwt: String,
}

impl Session {
    fn into_account(self) -> Result<ProviderAccount, ProviderError> {
        Ok(ProviderAccount {
            id: ProviderUserId::parse(&self.did).map_err(|_| ProviderError::Untrusted("DID"))?,
            username: ProviderUsername::parse(&self.handle).ok(),
            tokens: ProviderTokens {
                access: Secret::new(self.access_jwt),
                refresh: Some(Secret::new(self.refresh_jwt)),
                expires_at: None,
            },
        })
    }
}

/// Opens a session.
pub(super) async fn sign_in(
    web: &Web,
    base_url: &str,
    login: &ProviderLogin,
) -> Result<ProviderAccount, ProviderError> {
    let body = json!({
        "identifier": login.identifier.trim().trim_start_matches('@'),
        "password": login.password.expose(),
    });
    let url = format!("{base_url}/xrpc/com.atproto.server.createSession");
    let session: Session = web.post(&url, Some(&body), None).await?;
    session.into_account()
}

/// Refreshes a session; its old refresh token is spent then.
pub(super) async fn check(
    web: &Web,
    base_url: &str,
    tokens: &ProviderTokens,
) -> Result<ProviderAccount, ProviderError> {
    let refresh = tokens.refresh.as_ref().ok_or(ProviderError::Refused)?;
    let url = format!("{base_url}/xrpc/com.atproto.server.refreshSession");
    let session: Session = web.post(&url, None, Some(refresh)).await?;
    session.into_account()
}
