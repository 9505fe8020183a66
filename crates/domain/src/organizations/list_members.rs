use super::{
    Member, OrganizationError, OrganizationRule, OrganizationView, Organizations, Permission,
    require,
};
use crate::kernel::{OrganizationId, Page, PageRequest, UserId, kinds};

impl Organizations {
    /// A page of an organization's members, the latest first. Whoever may not
    /// change members is not to be shown their addresses
    /// ([`sees_addresses`](Self::sees_addresses)).
    pub async fn list_members(
        &self,
        seen: &OrganizationView,
        page: PageRequest<kinds::Membership>,
    ) -> Result<Page<Member>, OrganizationError> {
        require(Some(seen.role), Permission::MembersRead)?;
        Ok(self.members.list(seen.organization.id, page).await?)
    }

    /// A member of an organization (`NotFound` for anybody else).
    pub async fn find_member(
        &self,
        organization: OrganizationId,
        user: UserId,
    ) -> Result<Member, OrganizationError> {
        let member = self.members.find(organization, user).await?;
        Ok(member.ok_or(OrganizationRule::NotFound)?)
    }

    /// Whether the member sees the e-mail addresses of members: owners and
    /// admins do.
    pub fn sees_addresses(seen: &OrganizationView) -> bool {
        seen.role.may(Permission::MembersUpdate)
    }
}
