//! The invitation object.

use serde::Serialize;
use utoipa::ToSchema;
use vestibule_domain::kernel::{InvitationId, Timestamp};
use vestibule_domain::organizations::Invitation;

use crate::native::organizations::object::UserObjectRef;

/// An invitation to an organization.
#[derive(Serialize, ToSchema)]
#[schema(as = Invitation)]
pub(crate) struct InvitationObject<'a> {
    /// Its id.
    #[schema(value_type = String, example = "inv_01jabcdefghjkmnpqrstvwxyz0")]
    uid: InvitationId,
    /// The invited address.
    #[schema(format = Email)]
    email: &'a str,
    /// The role that it gives: admin or member.
    #[schema(pattern = "^(admin|member)$")]
    role: &'a str,
    /// pending, accepted, revoked or expired.
    #[schema(pattern = "^(pending|accepted|revoked|expired)$")]
    status: &'a str,
    /// Who sent it last.
    invited_by: UserObjectRef<'a>,
    /// When it was first sent.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When it can no longer be accepted.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
}

impl<'a> InvitationObject<'a> {
    /// An invitation as it is now.
    pub(crate) fn of(invitation: &'a Invitation, now: Timestamp) -> Self {
        Self {
            uid: invitation.id,
            email: invitation.email.as_str(),
            role: invitation.role.as_str(),
            status: invitation.status_at(now).as_str(),
            invited_by: (&invitation.invited_by).into(),
            created_at: invitation.created_at,
            expires_at: invitation.expires_at,
        }
    }
}
