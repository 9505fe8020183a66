use std::time::Duration;

use super::error::OrganizationRule;
use super::model::{OrganizationSummary, UserRef};
use super::role::{InvitedRole, Permission, Role};
use super::rules::{check_quota, require};
use crate::kernel::{InvitationId, OrganizationId, Timestamp};
use crate::users::EmailAddress;

/// How long an invitation can be accepted: 7 days (CONTRACTS.md section 2).
pub const INVITATION_LIFETIME: Duration = Duration::from_hours(7 * 24);

/// How long an invitation is kept after it could no longer be accepted: 90 days.
pub const INVITATION_RETENTION: Duration = Duration::from_hours(90 * 24);

choice! {
    /// What became of an invitation.
    InvitationStatus {
        /// It can be accepted.
        Pending = "pending",
        /// It was accepted.
        Accepted = "accepted",
        /// It was withdrawn.
        Revoked = "revoked",
        /// It was not accepted in time.
        Expired = "expired",
    }
}

/// An invitation of an address to an organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// Its id.
    pub id: InvitationId,
    /// To where.
    pub organization: OrganizationId,
    /// The address, as it was typed.
    pub email: EmailAddress,
    /// The role that it gives.
    pub role: InvitedRole,
    /// What is stored of its status; see [`Invitation::status_at`].
    pub status: InvitationStatus,
    /// Who sent it last.
    pub invited_by: UserRef,
    /// When it was first sent.
    pub created_at: Timestamp,
    /// When it can no longer be accepted.
    pub expires_at: Timestamp,
}

impl Invitation {
    /// The status at this time: a pending one expires by itself.
    pub fn status_at(&self, now: Timestamp) -> InvitationStatus {
        if self.status == InvitationStatus::Pending && now >= self.expires_at {
            InvitationStatus::Expired
        } else {
            self.status
        }
    }

    fn is_pending(&self, now: Timestamp) -> bool {
        self.status_at(now) == InvitationStatus::Pending
    }
}

/// A pending invitation, found by its token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenInvitation {
    /// The invitation.
    pub invitation: Invitation,
    /// The organization, in short.
    pub organization: OrganizationSummary,
}

/// What an invitation depends on, read in its own transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InviteFacts {
    /// The role of who invites; `None` for no member.
    pub actor: Option<Role>,
    /// Whether an account with this address is a member.
    pub is_member: bool,
    /// The invitation of this address that is stored as pending.
    pub pending: Option<Invitation>,
}

/// What an invitation does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvitePlan {
    /// A new one. The one that is stored as pending has expired.
    Create {
        /// The one that has expired.
        expired: Option<InvitationId>,
    },
    /// This one goes out again, with a new token, role and expiry: its old
    /// token is dead.
    Reissue(InvitationId),
}

/// Decides an invitation (`NotFound`, `Forbidden`, `AlreadyMember`).
pub fn decide_invite(facts: &InviteFacts, now: Timestamp) -> Result<InvitePlan, OrganizationRule> {
    require(facts.actor, Permission::MembersInvite)?;
    if facts.is_member {
        return Err(OrganizationRule::AlreadyMember);
    }
    Ok(match &facts.pending {
        Some(invitation) if invitation.is_pending(now) => InvitePlan::Reissue(invitation.id),
        other => InvitePlan::Create {
            expired: other.as_ref().map(|invitation| invitation.id),
        },
    })
}

/// Decides whether an invitation is withdrawn (`NotFound`, `Forbidden`,
/// `NotPending`). One that has expired may be, too.
pub fn decide_revoke(
    actor: Option<Role>,
    invitation: Option<&Invitation>,
) -> Result<(), OrganizationRule> {
    require(actor, Permission::MembersInvite)?;
    match invitation.ok_or(OrganizationRule::NotFound)?.status {
        InvitationStatus::Pending => Ok(()),
        InvitationStatus::Accepted | InvitationStatus::Revoked | InvitationStatus::Expired => {
            Err(OrganizationRule::NotPending)
        }
    }
}

/// What accepting depends on, read in its own transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AcceptFacts {
    /// The invitation that the token belongs to.
    pub invitation: Option<Invitation>,
    /// The account's address, canonical.
    pub email_canonical: String,
    /// Whether that address is proved.
    pub email_verified: bool,
    /// Whether the user is a member already.
    pub is_member: bool,
    /// Organizations that the user is a member of.
    pub memberships: u64,
    /// Most organizations that a user may be a member of.
    pub quota: u32,
}

/// Decides whether a user joins by an invitation: answers it (`InvalidToken`,
/// `OtherAddress`, `NotVerified`, `AlreadyMember`, `QuotaExceeded`). A refusal
/// leaves the invitation as it is.
pub fn decide_accept(facts: &AcceptFacts, now: Timestamp) -> Result<&Invitation, OrganizationRule> {
    let invitation = facts
        .invitation
        .as_ref()
        .filter(|invitation| invitation.is_pending(now))
        .ok_or(OrganizationRule::InvalidToken)?;
    if invitation.email.canonical() != facts.email_canonical {
        return Err(OrganizationRule::OtherAddress);
    }
    if !facts.email_verified {
        return Err(OrganizationRule::NotVerified);
    }
    if facts.is_member {
        return Err(OrganizationRule::AlreadyMember);
    }
    check_quota(facts.memberships, facts.quota)?;
    Ok(invitation)
}
