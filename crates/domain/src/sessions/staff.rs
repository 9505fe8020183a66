use super::SignedIn;
use crate::api_keys::{HeldKey, Scope};
use crate::kernel::Origin;

/// Proof that the caller acts as staff: an administrator's own session, or an
/// API key with the scope `admin`.
#[derive(Debug, Clone)]
pub struct Staff {
    session: Option<SignedIn>,
    origin: Origin,
}

impl Staff {
    /// Staff by session; `None` unless the account is an administrator's.
    pub fn from_session(signed_in: &SignedIn, origin: Origin) -> Option<Self> {
        signed_in.account.is_admin.then_some(Self {
            session: Some(signed_in.clone()),
            origin,
        })
    }

    /// Staff by key; `None` unless the key has the scope `admin`, which one with
    /// an owner has only while the owner is an administrator.
    pub fn from_key(key: &HeldKey, origin: Origin) -> Option<Self> {
        key.allows(Scope::Admin).then_some(Self {
            session: None,
            origin,
        })
    }

    /// The administrator's own session; `None` for a key.
    pub const fn session(&self) -> Option<&SignedIn> {
        self.session.as_ref()
    }

    /// Where the request came from.
    pub const fn origin(&self) -> &Origin {
        &self.origin
    }
}
