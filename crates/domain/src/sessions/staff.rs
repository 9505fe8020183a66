use super::SignedIn;
use crate::api_keys::{ApiKey, Scope};
use crate::kernel::Origin;

/// Proof that the caller acts as staff: an administrator's own session, or an
/// API key with the scope `admin`.
#[derive(Debug, Clone)]
pub struct Staff {
    by_session: bool,
    origin: Origin,
}

impl Staff {
    /// Staff by session; `None` unless the account is an administrator's.
    pub fn from_session(signed_in: &SignedIn, origin: Origin) -> Option<Self> {
        signed_in.account.is_admin.then_some(Self {
            by_session: true,
            origin,
        })
    }

    /// Staff by key; `None` unless the key has the scope `admin`.
    pub fn from_key(key: &ApiKey, origin: Origin) -> Option<Self> {
        key.scopes.contains(&Scope::Admin).then_some(Self {
            by_session: false,
            origin,
        })
    }

    /// Whether it is an administrator's own session.
    pub const fn is_session(&self) -> bool {
        self.by_session
    }

    /// Where the request came from.
    pub const fn origin(&self) -> &Origin {
        &self.origin
    }
}
