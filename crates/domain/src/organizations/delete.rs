use super::{Actor, DeleteOrganization, OrganizationError, Organizations};
use crate::activity::Event;
use crate::kernel::{OrganizationId, Version, Write};

impl Organizations {
    /// Deletes an organization with its memberships and invitations, and its
    /// company when no other organization belongs to that.
    pub async fn delete(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        expected: Option<Version>,
    ) -> Result<(), OrganizationError> {
        let command = DeleteOrganization {
            actor: actor.user,
            organization,
            expected,
        };
        let write = Write::new(command, self.clock.now()).log(self.entry(
            actor,
            Event::OrganizationDeleted,
            organization,
        ));
        Ok(self.store.delete(write).await?)
    }
}
