use super::{
    Actor, INVITATION_LIFETIME, Invite, Invited, InvitedRole, OrganizationError, OrganizationView,
    Organizations,
};
use crate::activity::Event;
use crate::kernel::{Once, Write};
use crate::outbox::{Mail, NewJob};
use crate::throttling::MailKind;
use crate::users::{EmailAddress, Username};

/// Who is invited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SendInvitation {
    /// The address; the letter goes there.
    pub email: EmailAddress,
    /// The role that it gives.
    pub role: InvitedRole,
}

impl Organizations {
    /// Invites an address to an organization that the actor sees, and mails
    /// the token. An address that is invited already is sent a new token, and
    /// the old one is dead. Whether the address has an account is not told.
    /// The mail limit of the address counts it.
    pub async fn invite(
        &self,
        actor: &Actor,
        username: &Username,
        seen: &OrganizationView,
        send: SendInvitation,
        once: Option<Once<Invited>>,
    ) -> Result<Invited, OrganizationError> {
        let now = self.clock.now();
        let token = self.secrets.generate();
        let mail = Mail::Invitation {
            to: send.email.as_str().to_owned(),
            organization: seen.organization.display_name.as_str().to_owned(),
            invited_by: username.as_str().to_owned(),
            token: token.expose().to_owned(),
        };
        let letter = NewJob::new(self.ids.id(), Some(actor.user), mail);
        let limit = self.throttling.mail(MailKind::Invitation, &send.email);
        let command = Invite {
            id: self.ids.id(),
            actor: actor.user,
            organization: seen.organization.id,
            email: send.email,
            role: send.role,
            token: self.secrets.digest(token.expose().as_bytes()),
            expires_at: now.after(INVITATION_LIFETIME),
        };
        let write = Write::new(command, now)
            .log(self.entry(actor, Event::InvitationSent, seen.organization.id))
            .job(letter)
            .once(once)
            .throttled(limit);
        Ok(self.invitations.invite(write).await?)
    }
}
