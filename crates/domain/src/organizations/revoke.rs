use super::{Actor, OrganizationError, Organizations, RevokeInvitation};
use crate::activity::Event;
use crate::kernel::{InvitationId, OrganizationId, Write};

impl Organizations {
    /// Withdraws an invitation: its token is dead.
    pub async fn revoke(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        invitation: InvitationId,
    ) -> Result<(), OrganizationError> {
        let command = RevokeInvitation {
            actor: actor.user,
            organization,
            invitation,
        };
        let write = Write::new(command, self.clock.now()).log(self.entry(
            actor,
            Event::InvitationRevoked,
            organization,
        ));
        Ok(self.invitations.revoke(write).await?)
    }
}
