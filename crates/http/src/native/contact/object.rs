//! A change of the e-mail address.

use serde::Serialize;
use utoipa::ToSchema;
use vestibule_domain::contact::EmailChange;
use vestibule_domain::kernel::Timestamp;

/// A change of the e-mail address that waits for its proof.
#[derive(Serialize, ToSchema)]
#[schema(as = EmailChange)]
pub(crate) struct EmailChangeObject<'a> {
    /// The address that is to become the account's.
    new_email: &'a str,
    /// When it was asked for, last.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When it can no longer be confirmed.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
}

impl<'a> From<&'a EmailChange> for EmailChangeObject<'a> {
    fn from(change: &'a EmailChange) -> Self {
        Self {
            new_email: change.new_email.as_str(),
            created_at: change.created_at,
            expires_at: change.expires_at,
        }
    }
}
