use super::{Actor, ChangeRole, Member, OrganizationError, Organizations, Role};
use crate::activity::Event;
use crate::kernel::{OrganizationId, UserId, Version, Write};

impl Organizations {
    /// Gives a member a role.
    pub async fn change_role(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        user: UserId,
        role: Role,
        expected: Option<Version>,
    ) -> Result<Member, OrganizationError> {
        let command = ChangeRole {
            actor: actor.user,
            organization,
            user,
            expected,
            role,
        };
        let mut write = Write::new(command, self.clock.now()).log(self.entry(
            actor,
            Event::OrganizationRoleChanged,
            organization,
        ));
        if user != actor.user {
            write =
                write.log(self.entry_of(actor, user, Event::OrganizationRoleChanged, organization));
        }
        Ok(self.members.change_role(write).await?)
    }
}
