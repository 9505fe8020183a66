//! The identity object.

use serde::Serialize;
use utoipa::ToSchema;
use vestibule_domain::identities::{Identity, InstanceName, ProviderUsername};
use vestibule_domain::kernel::{IdentityId, Timestamp};

/// An account at another provider that is linked to the user.
#[derive(Serialize, ToSchema)]
#[schema(as = Identity)]
pub(crate) struct IdentityObject<'a> {
    /// Its id.
    #[schema(value_type = String, example = "idn_01jabcdefghjkmnpqrstvwxyz0")]
    uid: IdentityId,
    /// The provider's name.
    #[schema(example = "github")]
    provider: &'a str,
    /// The provider's id for the user, which never changes.
    provider_user_id: &'a str,
    /// The provider's name for the user when it was last asked, or null.
    #[schema(required)]
    provider_username: Option<&'a str>,
    /// The server of a network, or null.
    #[schema(required)]
    instance_name: Option<&'a str>,
    /// `active`, or `broken` when the provider refused it.
    #[schema(pattern = "^(active|broken)$")]
    status: &'a str,
    /// When it was linked.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When the provider last confirmed it.
    #[schema(value_type = String, format = DateTime)]
    verified_at: Timestamp,
}

impl<'a> From<&'a Identity> for IdentityObject<'a> {
    fn from(identity: &'a Identity) -> Self {
        let account = &identity.account;
        Self {
            uid: identity.id,
            provider: account.provider.as_str(),
            provider_user_id: account.id.as_str(),
            provider_username: identity.username.as_ref().map(ProviderUsername::as_str),
            instance_name: account.instance.as_ref().map(InstanceName::as_str),
            status: identity.status.as_str(),
            created_at: identity.created_at,
            verified_at: identity.verified_at,
        }
    }
}
