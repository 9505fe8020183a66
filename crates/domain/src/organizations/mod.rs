//! Organizations, their members, and invitations to them.
//!
//! What a member may do follows from the role, in one place:
//!
//! ```
//! use vestibule_domain::organizations::{Permission, Role};
//!
//! assert!(Role::Admin.may(Permission::MembersInvite));
//! assert!(!Role::Admin.may(Permission::OrganizationDelete));
//! assert_eq!(Role::Member.permissions(), [Permission::MembersRead]);
//! ```
//!
//! Adapters call the `decide_…` functions with what they read under their
//! locks, so that the last owner stays whatever happens at the same time.

mod accept;
mod change_role;
mod create;
mod delete;
mod error;
mod invitation;
mod invitation_ports;
mod invite;
mod list;
mod list_invitations;
mod list_members;
mod member_ports;
mod model;
mod ports;
mod remove_member;
mod revoke;
mod role;
mod rules;
mod set_default;
mod slug;
mod transfer;
mod update;

use std::sync::Arc;

pub use create::CreateOrganization;
pub use error::{OrganizationError, OrganizationRule};
pub use invitation::{
    AcceptFacts, INVITATION_LIFETIME, INVITATION_RETENTION, Invitation, InvitationStatus,
    InviteFacts, InvitePlan, OpenInvitation, decide_accept, decide_invite, decide_revoke,
};
pub use invitation_ports::*;
pub use invite::SendInvitation;
pub use member_ports::*;
pub use model::{
    CompanyRef, DefaultOrganization, Member, Organization, OrganizationChanges, OrganizationName,
    OrganizationNumber, OrganizationSummary, OrganizationView, UserRef,
};
pub use ports::*;
pub use role::{InvitedRole, Permission, Role};
pub use rules::{
    CompanyFact, CreateFacts, MemberFacts, Stake, TransferPlan, decide_create, decide_delete,
    decide_removal, decide_role, decide_transfer, decide_update, require,
};
pub use slug::{Slug, SlugChoice};

use crate::activity::{Details, Event, LogEntry};
use crate::kernel::{Clock, IdGenerator, OrganizationId, Origin, SecretSource, UserId};
use crate::throttling::Throttling;

/// Use cases on organizations.
#[derive(Clone)]
pub struct Organizations {
    /// The stored organizations.
    pub store: Arc<dyn OrganizationStore>,
    /// Their stored members.
    pub members: Arc<dyn MemberStore>,
    /// The stored invitations.
    pub invitations: Arc<dyn InvitationStore>,
    /// How often an address is invited.
    pub throttling: Throttling,
    /// Makes and fingerprints the tokens of invitations.
    pub secrets: Arc<dyn SecretSource>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Makes ids.
    pub ids: Arc<dyn IdGenerator>,
    /// Most organizations that a user may be a member of.
    pub quota: u32,
}

/// Who does something, and from where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// Who.
    pub user: UserId,
    /// From where.
    pub origin: Origin,
}

impl Organizations {
    /// What the security log says of the actor's own deed.
    fn entry(&self, actor: &Actor, event: Event, organization: OrganizationId) -> LogEntry {
        LogEntry {
            id: self.ids.id(),
            user: actor.user,
            event,
            session: None,
            origin: actor.origin.clone(),
            details: Details::of([("organization", organization.to_string())]),
        }
    }

    /// What the security log of `user` says of the actor's deed: if it is
    /// somebody else's, not from where.
    fn entry_of(
        &self,
        actor: &Actor,
        user: UserId,
        event: Event,
        organization: OrganizationId,
    ) -> LogEntry {
        let entry = self.entry(actor, event, organization);
        if user == actor.user {
            return entry;
        }
        LogEntry {
            user,
            origin: Origin::default(),
            ..entry
        }
    }
}
