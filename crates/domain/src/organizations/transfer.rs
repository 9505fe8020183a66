use super::{Actor, OrganizationError, OrganizationView, Organizations, TransferOwnership};
use crate::activity::Event;
use crate::kernel::{Once, OrganizationId, UserId, Write};

impl Organizations {
    /// Makes another member an owner; the actor becomes an admin. The company
    /// goes along when the actor owns it and it has no other organization.
    pub async fn transfer(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        user: UserId,
        once: Option<Once<OrganizationView>>,
    ) -> Result<OrganizationView, OrganizationError> {
        let command = TransferOwnership {
            actor: actor.user,
            organization,
            user,
        };
        let mut write = Write::new(command, self.clock.now())
            .log(self.entry(actor, Event::OrganizationTransferred, organization))
            .once(once);
        if user != actor.user {
            write =
                write.log(self.entry_of(actor, user, Event::OrganizationTransferred, organization));
        }
        Ok(self.members.transfer(write).await?)
    }
}
