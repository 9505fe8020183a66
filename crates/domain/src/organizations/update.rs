use super::{
    Actor, ChangeOrganization, OrganizationChanges, OrganizationError, OrganizationView,
    Organizations,
};
use crate::activity::Event;
use crate::kernel::{OrganizationId, Version, Write};

impl Organizations {
    /// Sets name and slug, where they are given.
    pub async fn update(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        changes: OrganizationChanges,
        expected: Option<Version>,
    ) -> Result<OrganizationView, OrganizationError> {
        let command = ChangeOrganization {
            actor: actor.user,
            organization,
            expected,
            changes,
        };
        let write = Write::new(command, self.clock.now()).log(self.entry(
            actor,
            Event::OrganizationUpdated,
            organization,
        ));
        Ok(self.store.change(write).await?)
    }
}
