use async_trait::async_trait;

use super::error::OrganizationRule;
use super::invitation::{Invitation, OpenInvitation};
use super::model::OrganizationView;
use super::role::InvitedRole;
use crate::kernel::{
    Digest, GuardError, InvitationId, MembershipId, OrganizationId, Page, PageRequest, StoreError,
    Timestamp, UserId, Write, kinds,
};
use crate::users::EmailAddress;

/// Invites an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invite {
    /// Id of the invitation, if one is made.
    pub id: InvitationId,
    /// Who invites.
    pub actor: UserId,
    /// To where.
    pub organization: OrganizationId,
    /// The address.
    pub email: EmailAddress,
    /// The role that it gives.
    pub role: InvitedRole,
    /// Digest of its token.
    pub token: Digest,
    /// When it can no longer be accepted.
    pub expires_at: Timestamp,
}

/// What an invitation came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invited {
    /// The invitation.
    pub invitation: Invitation,
    /// Whether it is new, and not one that goes out again.
    pub created: bool,
}

/// Withdraws an invitation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RevokeInvitation {
    /// Who withdraws it.
    pub actor: UserId,
    /// To where it invites.
    pub organization: OrganizationId,
    /// Which.
    pub invitation: InvitationId,
}

/// Joins an organization by an invitation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AcceptInvitation {
    /// Who joins.
    pub user: UserId,
    /// Digest of the token.
    pub token: Digest,
    /// Id of the membership.
    pub membership: MembershipId,
    /// Most organizations that a user may be a member of.
    pub quota: u32,
}

/// Stored invitations. They die with the organization, with whoever sent
/// them, and, once accepted, with whoever accepted them.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait InvitationStore: Send + Sync {
    /// With the organization's row locked: loads the facts, calls
    /// [`super::decide_invite`] and carries out its plan. An invitation that
    /// goes out again keeps id and `created_at`; its old token is dead.
    async fn invite(
        &self,
        write: Write<Invite, Invited>,
    ) -> Result<Invited, GuardError<OrganizationRule>>;

    /// A page of the organization's invitations, newest first (largest id
    /// first).
    async fn list(
        &self,
        organization: OrganizationId,
        page: PageRequest<kinds::Invitation>,
    ) -> Result<Page<Invitation>, StoreError>;

    /// The organization's invitation; `None` for another one's.
    async fn find(
        &self,
        organization: OrganizationId,
        invitation: InvitationId,
    ) -> Result<Option<Invitation>, StoreError>;

    /// The invitation with this token, if it is pending at `now`.
    async fn by_token(
        &self,
        token: Digest,
        now: Timestamp,
    ) -> Result<Option<OpenInvitation>, StoreError>;

    /// With the organization's row locked: withdraws an invitation as
    /// [`super::decide_revoke`] says; its token is dead.
    async fn revoke(
        &self,
        write: Write<RevokeInvitation>,
    ) -> Result<(), GuardError<OrganizationRule>>;

    /// With the rows of the user and of the organization locked: loads the
    /// facts, calls [`super::decide_accept`], stores the membership, and marks
    /// the invitation as accepted; its token is dead. Answers what the user
    /// sees. Of parallel calls with one token exactly one joins.
    /// `Missing("user")` without account.
    async fn accept(
        &self,
        write: Write<AcceptInvitation, OrganizationView>,
    ) -> Result<OrganizationView, GuardError<OrganizationRule>>;
}
