//! What a credential is worth: the question that other services ask (RFC 7662).

use crate::api_keys::{ApiKeys, HeldKey};
use crate::kernel::StoreError;
use crate::sessions::{AccessClaims, AuthError, Sessions, SignedIn};

/// A credential that would be accepted right now.
#[derive(Debug, Clone)]
pub enum Introspected {
    /// An access token of a live session.
    Access {
        /// What it says.
        claims: AccessClaims,
        /// Its session and account.
        signed_in: SignedIn,
    },
    /// An API key.
    Key(HeldKey),
}

/// What an access token or an API key is worth right now; `None` for anything
/// else, refresh tokens and cookies among it. To look does not count as a use.
pub async fn introspect(
    sessions: &Sessions,
    api_keys: &ApiKeys,
    token: &str,
) -> Result<Option<Introspected>, StoreError> {
    let found = if ApiKeys::is_key(token) {
        api_keys.authenticate(token).await.map(Introspected::Key)
    } else {
        sessions
            .inspect(token)
            .await
            .map(|(claims, signed_in)| Introspected::Access { claims, signed_in })
    };
    match found {
        Ok(found) => Ok(Some(found)),
        Err(AuthError::Invalid) => Ok(None),
        Err(AuthError::Store(error)) => Err(error),
    }
}
