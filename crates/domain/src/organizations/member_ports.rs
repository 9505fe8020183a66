use async_trait::async_trait;

use super::error::OrganizationRule;
use super::model::{Member, OrganizationView};
use super::role::Role;
use crate::kernel::{
    GuardError, OrganizationId, Page, PageRequest, StoreError, UserId, Version, Write, kinds,
};

/// Gives a member a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChangeRole {
    /// Who gives it.
    pub actor: UserId,
    /// Where.
    pub organization: OrganizationId,
    /// To whom.
    pub user: UserId,
    /// The version that the caller saw; `None` unless the caller insists.
    pub expected: Option<Version>,
    /// The role.
    pub role: Role,
}

/// Removes a member, who may be the actor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RemoveMember {
    /// Who removes.
    pub actor: UserId,
    /// From where.
    pub organization: OrganizationId,
    /// Whom.
    pub user: UserId,
    /// The version that the caller saw; `None` unless the caller insists.
    pub expected: Option<Version>,
}

/// Passes ownership on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TransferOwnership {
    /// The owner.
    pub actor: UserId,
    /// Of what.
    pub organization: OrganizationId,
    /// To whom.
    pub user: UserId,
}

/// Stored members of organizations.
///
/// Each write locks the organization's row, loads the facts, calls the
/// domain's `decide_…` and carries out what it answers, in one transaction.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait MemberStore: Send + Sync {
    /// A page of the organization's members, the latest first. Its count and
    /// any page that an anchor names cost the same however many there are.
    async fn list(
        &self,
        organization: OrganizationId,
        page: PageRequest<kinds::Membership>,
    ) -> Result<Page<Member>, StoreError>;

    /// The member; `None` for anybody else.
    async fn find(
        &self,
        organization: OrganizationId,
        user: UserId,
    ) -> Result<Option<Member>, StoreError>;

    /// Sets the role as [`super::decide_role`] says; the version moves.
    /// `Conflict` when `expected` is given and is not the stored version.
    async fn change_role(
        &self,
        write: Write<ChangeRole>,
    ) -> Result<Member, GuardError<OrganizationRule>>;

    /// Removes a member as [`super::decide_removal`] says. `Conflict` as for
    /// `change_role`.
    async fn remove(&self, write: Write<RemoveMember>) -> Result<(), GuardError<OrganizationRule>>;

    /// Makes the user an owner and the actor an admin, as
    /// [`super::decide_transfer`] says, and passes the company on if it says
    /// so. Answers what the actor sees then.
    async fn transfer(
        &self,
        write: Write<TransferOwnership, OrganizationView>,
    ) -> Result<OrganizationView, GuardError<OrganizationRule>>;
}
