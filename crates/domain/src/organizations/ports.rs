use async_trait::async_trait;

use super::error::OrganizationRule;
use super::model::{OrganizationChanges, OrganizationName, OrganizationNumber, OrganizationView};
use super::rules::Stake;
use super::slug::SlugChoice;
use crate::kernel::{
    CompanyId, GuardError, MembershipId, OrganizationId, Page, PageRequest, StoreError, UserId,
    Version, Write, kinds,
};

/// Makes an organization that its creator owns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewOrganization {
    /// Its id.
    pub id: OrganizationId,
    /// Who makes it.
    pub user: UserId,
    /// Id of the creator's membership.
    pub membership: MembershipId,
    /// Its name.
    pub display_name: OrganizationName,
    /// Its slug.
    pub slug: SlugChoice,
    /// Which company it belongs to.
    pub company: CompanyChoice,
    /// Most organizations that a user may be a member of.
    pub quota: u32,
}

/// Which company a new organization belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CompanyChoice {
    /// One that the user owns.
    Own(CompanyId),
    /// A new one of the organization's name, owned by the user.
    New(CompanyId),
}

/// Changes an organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeOrganization {
    /// Who changes it.
    pub actor: UserId,
    /// Which.
    pub organization: OrganizationId,
    /// The version that the caller saw; `None` unless the caller insists.
    pub expected: Option<Version>,
    /// What to set.
    pub changes: OrganizationChanges,
}

/// Deletes an organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeleteOrganization {
    /// Who deletes it.
    pub actor: UserId,
    /// Which.
    pub organization: OrganizationId,
    /// The version that the caller saw; `None` unless the caller insists.
    pub expected: Option<Version>,
}

/// Makes an organization a user's default one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SetDefault {
    /// Whose.
    pub user: UserId,
    /// Which.
    pub organization: OrganizationId,
}

/// Stored organizations.
///
/// A user's default organization is the one that the user chose last, while
/// the user is a member of it; else that of the oldest membership (time of
/// joining, then id of the membership); else none. It is part of the account
/// ([`crate::users::Account::organization`]), and of every answer that has the
/// account; MUST show there as soon as a command that changes it is answered,
/// for every member, however many there are.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait OrganizationStore: Send + Sync {
    /// With the user's row locked: loads the facts, calls
    /// [`super::decide_create`], and stores the organization under the next
    /// number, its new company if it wants one, and the creator's membership
    /// as an owner. A new company has
    /// [`DEFAULT_MAX_DOCUMENTS`](crate::companies::DEFAULT_MAX_DOCUMENTS).
    /// Answers what the creator sees. `Missing("user")` without account.
    async fn create(
        &self,
        write: Write<NewOrganization, OrganizationView>,
    ) -> Result<OrganizationView, GuardError<OrganizationRule>>;

    /// A page of the organizations that the user is a member of, the latest
    /// membership first.
    async fn list(
        &self,
        user: UserId,
        page: PageRequest<kinds::Membership>,
    ) -> Result<Page<OrganizationView>, StoreError>;

    /// The organization, if the user is a member of it.
    async fn find(
        &self,
        user: UserId,
        organization: OrganizationId,
    ) -> Result<Option<OrganizationView>, StoreError>;

    /// The same by its number.
    async fn by_number(
        &self,
        user: UserId,
        number: OrganizationNumber,
    ) -> Result<Option<OrganizationView>, StoreError>;

    /// The user's default organization.
    async fn default_of(&self, user: UserId) -> Result<Option<OrganizationView>, StoreError>;

    /// Whether both users are members of one organization.
    async fn in_common(&self, one: UserId, other: UserId) -> Result<bool, StoreError>;

    /// With the organization's row locked: calls [`super::decide_update`] and
    /// sets the given fields; version and `updated_at` move. Answers what the
    /// actor sees. `Conflict` when `expected` is given and is not the stored
    /// version.
    async fn change(
        &self,
        write: Write<ChangeOrganization>,
    ) -> Result<OrganizationView, GuardError<OrganizationRule>>;

    /// With the organization's row locked: calls [`super::decide_delete`], and
    /// deletes the organization with its memberships and invitations, and its
    /// company when no other organization belongs to that. Its slug is free at
    /// once, its number never. `Conflict` as for `change`.
    ///
    /// However many members there are, other writers MUST NOT wait for all of
    /// it: what nobody can see any more may be erased in steps, the last of
    /// them before the answer.
    async fn delete(
        &self,
        write: Write<DeleteOrganization>,
    ) -> Result<(), GuardError<OrganizationRule>>;

    /// Makes the organization the user's default one; `NotFound` unless the
    /// user is a member.
    async fn set_default(
        &self,
        write: Write<SetDefault>,
    ) -> Result<OrganizationView, GuardError<OrganizationRule>>;

    /// What the user would leave behind, for [`crate::personal_data::decide_deletion`].
    async fn stakes(&self, user: UserId) -> Result<Vec<Stake>, StoreError>;
}
