use super::{
    Invitation, OrganizationError, OrganizationRule, OrganizationView, Organizations, Permission,
    require,
};
use crate::kernel::{InvitationId, Page, PageRequest, kinds};

impl Organizations {
    /// A page of an organization's invitations, newest first (`Forbidden` to
    /// whoever may not invite).
    pub async fn list_invitations(
        &self,
        seen: &OrganizationView,
        page: PageRequest<kinds::Invitation>,
    ) -> Result<Page<Invitation>, OrganizationError> {
        require(Some(seen.role), Permission::MembersInvite)?;
        Ok(self.invitations.list(seen.organization.id, page).await?)
    }

    /// An invitation of an organization (`Forbidden`, `NotFound`).
    pub async fn find_invitation(
        &self,
        seen: &OrganizationView,
        invitation: InvitationId,
    ) -> Result<Invitation, OrganizationError> {
        require(Some(seen.role), Permission::MembersInvite)?;
        let found = self.invitations.find(seen.organization.id, invitation);
        Ok(found.await?.ok_or(OrganizationRule::NotFound)?)
    }
}
