//! The member object.

use serde::Serialize;
use utoipa::ToSchema;
use vestibule_domain::avatars::Avatars;
use vestibule_domain::kernel::{Timestamp, UserId};
use vestibule_domain::organizations::{Member, OrganizationView, Organizations};

use crate::answer::Representation;

/// A member of an organization.
#[derive(Serialize, ToSchema)]
#[schema(as = Member)]
pub(crate) struct MemberObject<'a> {
    /// Who.
    user: MemberUser<'a>,
    /// Email address; null unless you are an owner or admin.
    #[schema(required, format = Email)]
    email: Option<&'a str>,
    /// owner, admin or member.
    #[schema(pattern = "^(owner|admin|member)$")]
    role: &'a str,
    /// When they joined.
    #[schema(value_type = String, format = DateTime)]
    joined_at: Timestamp,
}

/// A user, as other members see them.
#[derive(Serialize, ToSchema)]
pub(crate) struct MemberUser<'a> {
    /// Their id.
    #[schema(value_type = String, example = "usr_01jabcdefghjkmnpqrstvwxyz0")]
    uid: UserId,
    /// Their username.
    username: &'a str,
    /// First name.
    first_name: &'a str,
    /// Last name.
    last_name: &'a str,
    /// Picture, or null.
    #[schema(required, format = "uri")]
    avatar_url: Option<String>,
}

impl<'a> MemberObject<'a> {
    /// A member, as whoever sees the organization so may see them.
    pub(crate) fn of(member: &'a Member, seen: &OrganizationView, avatars: &Avatars) -> Self {
        Self {
            user: MemberUser {
                uid: member.user,
                username: member.username.as_str(),
                first_name: member.first_name.as_str(),
                last_name: member.last_name.as_str(),
                avatar_url: member.avatar.as_ref().map(|key| avatars.url_of(key)),
            },
            email: Organizations::sees_addresses(seen).then(|| member.email.as_str()),
            role: member.role.as_str(),
            joined_at: member.joined_at,
        }
    }

    /// The representation that entity tags are made of.
    pub(crate) fn representation(
        member: &Member,
        seen: &OrganizationView,
        avatars: &Avatars,
    ) -> Representation {
        Representation::of(&MemberObject::of(member, seen, avatars))
    }
}
