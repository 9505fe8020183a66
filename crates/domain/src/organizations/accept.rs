use super::{AcceptInvitation, Actor, OrganizationError, OrganizationView, Organizations};
use crate::activity::{Details, Event, LogEntry};
use crate::kernel::{Once, Secret, Write};

impl Organizations {
    /// Joins by the token of an invitation to the actor's own, proved address.
    pub async fn accept(
        &self,
        actor: &Actor,
        token: &Secret,
        once: Option<Once<OrganizationView>>,
    ) -> Result<OrganizationView, OrganizationError> {
        let command = AcceptInvitation {
            user: actor.user,
            token: self.secrets.digest(token.expose().as_bytes()),
            membership: self.ids.id(),
            quota: self.quota,
        };
        // Which organization it is only the store finds out.
        let entry = LogEntry {
            id: self.ids.id(),
            user: actor.user,
            event: Event::OrganizationJoined,
            session: None,
            origin: actor.origin.clone(),
            details: Details::default(),
        };
        let write = Write::new(command, self.clock.now()).log(entry).once(once);
        Ok(self.invitations.accept(write).await?)
    }
}
