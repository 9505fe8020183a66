use super::{Actor, OrganizationError, Organizations, RemoveMember};
use crate::activity::Event;
use crate::kernel::{OrganizationId, UserId, Version, Write};

impl Organizations {
    /// Removes a member; the actor leaves when it is the actor.
    pub async fn remove_member(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        user: UserId,
        expected: Option<Version>,
    ) -> Result<(), OrganizationError> {
        let command = RemoveMember {
            actor: actor.user,
            organization,
            user,
            expected,
        };
        let mut write = Write::new(command, self.clock.now()).log(self.entry_of(
            actor,
            user,
            Event::OrganizationLeft,
            organization,
        ));
        if user != actor.user {
            write = write.log(self.entry(actor, Event::OrganizationMemberRemoved, organization));
        }
        Ok(self.members.remove(write).await?)
    }
}
