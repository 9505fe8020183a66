use async_trait::async_trait;
use vestibule_domain::kernel::{
    Digest, GuardError, InvitationId, OrganizationId, Page, PageRequest, StoreError, Timestamp,
    Version, Write, kinds,
};
use vestibule_domain::organizations::{
    AcceptFacts, AcceptInvitation, Invitation, InvitationStatus, InvitationStore, Invite,
    InviteFacts, InvitePlan, Invited, OpenInvitation, OrganizationRule, OrganizationView,
    RevokeInvitation, UserRef, decide_accept, decide_invite, decide_revoke,
};

use super::MemoryStorage;
use super::page::page;
use super::state::{InvitationRow, MemberRow, State};

#[async_trait]
impl InvitationStore for MemoryStorage {
    async fn invite(
        &self,
        write: Write<Invite, Invited>,
    ) -> Result<Invited, GuardError<OrganizationRule>> {
        self.write(write, |state, invite, at| {
            let canonical = invite.email.canonical();
            let is_member = state.members_of(invite.organization).any(|row| {
                let user = state.users.get(&row.user);
                user.is_some_and(|user| user.account.email.canonical() == canonical)
            });
            let pending = state.invitations.values().find(|row| {
                row.invitation.organization == invite.organization
                    && row.invitation.status == InvitationStatus::Pending
                    && row.invitation.email.canonical() == canonical
            });
            let facts = InviteFacts {
                actor: state.role(invite.organization, invite.actor),
                is_member,
                pending: pending.map(|row| row.invitation.clone()),
            };
            let plan = decide_invite(&facts, at).map_err(GuardError::Rule)?;
            let invited_by = user_ref(state, &invite)?;
            let (id, created, created_at) = match plan {
                InvitePlan::Reissue(id) => {
                    let first = state
                        .invitations
                        .get(&id)
                        .map(|row| row.invitation.created_at);
                    (id, false, first.unwrap_or(at))
                }
                InvitePlan::Create { expired } => {
                    if let Some(row) = expired.and_then(|id| state.invitations.get_mut(&id)) {
                        row.invitation.status = InvitationStatus::Expired;
                        row.token = None;
                    }
                    (invite.id, true, at)
                }
            };
            let invitation = Invitation {
                id,
                organization: invite.organization,
                email: invite.email,
                role: invite.role,
                status: InvitationStatus::Pending,
                invited_by,
                created_at,
                expires_at: invite.expires_at,
            };
            let row = InvitationRow {
                invitation: invitation.clone(),
                token: Some(invite.token),
            };
            state.invitations.insert(id, row);
            let invited = Invited {
                invitation,
                created,
            };
            Ok((invited.clone(), Some(invited)))
        })
    }

    async fn list(
        &self,
        organization: OrganizationId,
        request: PageRequest<kinds::Invitation>,
    ) -> Result<Page<Invitation>, StoreError> {
        self.read(|state| {
            let rows: Vec<_> = state
                .invitations
                .values()
                .filter(|row| row.invitation.organization == organization)
                .map(|row| (row.invitation.id, row.invitation.clone()))
                .collect();
            page(rows.into_iter(), request)
        })
    }

    async fn find(
        &self,
        organization: OrganizationId,
        invitation: InvitationId,
    ) -> Result<Option<Invitation>, StoreError> {
        self.read(|state| find(state, organization, invitation))
    }

    async fn by_token(
        &self,
        token: Digest,
        now: Timestamp,
    ) -> Result<Option<OpenInvitation>, StoreError> {
        self.read(|state| {
            let invitation = by_token(state, token)?;
            if invitation.status_at(now) != InvitationStatus::Pending {
                return None;
            }
            Some(OpenInvitation {
                organization: state.organization_summary(invitation.organization)?,
                invitation,
            })
        })
    }

    async fn revoke(
        &self,
        write: Write<RevokeInvitation>,
    ) -> Result<(), GuardError<OrganizationRule>> {
        self.write(write, |state, revoke, _| {
            let actor = state.role(revoke.organization, revoke.actor);
            let found = find(state, revoke.organization, revoke.invitation);
            decide_revoke(actor, found.as_ref()).map_err(GuardError::Rule)?;
            close(state, revoke.invitation, InvitationStatus::Revoked);
            Ok(((), Some(())))
        })
    }

    async fn accept(
        &self,
        write: Write<AcceptInvitation, OrganizationView>,
    ) -> Result<OrganizationView, GuardError<OrganizationRule>> {
        self.write(write, |state, accept, at| {
            let view = state.accept(&accept, at)?;
            Ok((view.clone(), Some(view)))
        })
    }
}

impl State {
    /// Joins by an invitation.
    pub(super) fn accept(
        &mut self,
        accept: &AcceptInvitation,
        at: Timestamp,
    ) -> Result<OrganizationView, GuardError<OrganizationRule>> {
        let user = accept.user;
        self.require_user(user)?;
        let account = self.account(user).ok_or(StoreError::Missing("user"))?;
        let invitation = by_token(self, accept.token);
        let facts = AcceptFacts {
            is_member: invitation
                .as_ref()
                .is_some_and(|invitation| self.role(invitation.organization, user).is_some()),
            invitation,
            email_canonical: account.email.canonical(),
            email_verified: account.email_verified,
            memberships: self.memberships(user).count() as u64,
            quota: accept.quota,
        };
        let invitation = decide_accept(&facts, at).map_err(GuardError::Rule)?;
        let row = MemberRow {
            organization: invitation.organization,
            user,
            role: invitation.role.into(),
            joined_at: at,
            is_chosen: false,
            version: Version(1),
        };
        self.members.insert(accept.membership, row);
        close(self, invitation.id, InvitationStatus::Accepted);
        self.view(user, invitation.organization)
    }
}

fn find(
    state: &State,
    organization: OrganizationId,
    invitation: InvitationId,
) -> Option<Invitation> {
    let row = state.invitations.get(&invitation)?;
    Some(row.invitation.clone()).filter(|found| found.organization == organization)
}

fn by_token(state: &State, token: Digest) -> Option<Invitation> {
    let mut rows = state.invitations.values();
    let row = rows.find(|row| row.token == Some(token))?;
    Some(row.invitation.clone())
}

fn close(state: &mut State, invitation: InvitationId, status: InvitationStatus) {
    if let Some(row) = state.invitations.get_mut(&invitation) {
        row.invitation.status = status;
        row.token = None;
    }
}

fn user_ref(state: &State, invite: &Invite) -> Result<UserRef, StoreError> {
    let row = state.users.get(&invite.actor);
    let row = row.ok_or(StoreError::Missing("user"))?;
    Ok(UserRef {
        id: invite.actor,
        username: row.account.username.clone(),
    })
}
