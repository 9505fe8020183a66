//! The rules that adapters evaluate inside their transactions.

use super::error::OrganizationRule;
use super::model::OrganizationSummary;
use super::role::{Permission, Role};
use super::slug::{Slug, SlugChoice};
use crate::kernel::UserId;
use crate::personal_data::{DeletionFacts, SoleOwnership};

/// What a new organization depends on, read in its own transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateFacts {
    /// Organizations that the user is a member of.
    pub memberships: u64,
    /// Most organizations that a user may be a member of.
    pub quota: u32,
    /// Those of the candidate slugs that other organizations have.
    pub taken: Vec<Slug>,
    /// The company that it is to belong to.
    pub company: CompanyFact,
}

/// What is known of the company of a new organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CompanyFact {
    /// It is made with the organization.
    New,
    /// There is one, of this owner.
    OwnedBy(UserId),
    /// There is none.
    Unknown,
}

/// Decides whether `user` makes an organization: answers the slug that it gets
/// (`QuotaExceeded`, `UnknownCompany`, `SlugTaken`).
pub fn decide_create(
    user: UserId,
    slug: &SlugChoice,
    facts: &CreateFacts,
) -> Result<Slug, OrganizationRule> {
    check_quota(facts.memberships, facts.quota)?;
    match facts.company {
        CompanyFact::New => {}
        CompanyFact::OwnedBy(owner) if owner == user => {}
        CompanyFact::OwnedBy(_) | CompanyFact::Unknown => {
            return Err(OrganizationRule::UnknownCompany);
        }
    }
    let free = |slug: &&Slug| !facts.taken.contains(slug);
    slug.candidates()
        .iter()
        .find(free)
        .cloned()
        .ok_or(OrganizationRule::SlugTaken)
}

/// Whether one more membership is allowed (`QuotaExceeded`).
pub(super) fn check_quota(memberships: u64, quota: u32) -> Result<(), OrganizationRule> {
    if memberships >= u64::from(quota) {
        return Err(OrganizationRule::QuotaExceeded { quota });
    }
    Ok(())
}

/// Whether a member of this role may do this; `None` is no member
/// (`NotFound`, `Forbidden`).
pub fn require(role: Option<Role>, permission: Permission) -> Result<Role, OrganizationRule> {
    let role = role.ok_or(OrganizationRule::NotFound)?;
    if role.may(permission) {
        Ok(role)
    } else {
        Err(OrganizationRule::Forbidden(permission))
    }
}

/// Decides a change of name or slug (`NotFound`, `Forbidden`, `SlugTaken`).
/// `taken` says whether another organization has the new slug.
pub fn decide_update(actor: Option<Role>, taken: bool) -> Result<(), OrganizationRule> {
    require(actor, Permission::OrganizationUpdate)?;
    if taken {
        return Err(OrganizationRule::SlugTaken);
    }
    Ok(())
}

/// Decides the deletion of an organization (`NotFound`, `Forbidden`).
pub fn decide_delete(actor: Option<Role>) -> Result<(), OrganizationRule> {
    require(actor, Permission::OrganizationDelete).map(drop)
}

/// What a change of a member depends on, read in its own transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemberFacts {
    /// The role of who acts; `None` for no member.
    pub actor: Option<Role>,
    /// The role of whom it concerns; `None` for no member.
    pub target: Option<Role>,
    /// Whether both are the same user.
    pub is_self: bool,
    /// Owners of the organization.
    pub owners: u64,
}

impl MemberFacts {
    fn is_last_owner(&self) -> bool {
        self.target == Some(Role::Owner) && self.owners <= 1
    }
}

/// Decides a change of a member's role (`NotFound`, `Forbidden`, `OwnersOnly`,
/// `LastOwner`).
pub fn decide_role(facts: &MemberFacts, role: Role) -> Result<(), OrganizationRule> {
    let actor = require(facts.actor, Permission::MembersUpdate)?;
    let target = facts.target.ok_or(OrganizationRule::NotFound)?;
    if actor != Role::Owner && (target == Role::Owner || role == Role::Owner) {
        return Err(OrganizationRule::OwnersOnly);
    }
    if role != Role::Owner && facts.is_last_owner() {
        return Err(OrganizationRule::LastOwner);
    }
    Ok(())
}

/// Decides whether a member goes: by their own will, or by somebody else's
/// (`NotFound`, `Forbidden`, `OwnersOnly`, `LastOwner`).
pub fn decide_removal(facts: &MemberFacts) -> Result<(), OrganizationRule> {
    let actor = facts.actor.ok_or(OrganizationRule::NotFound)?;
    if !facts.is_self {
        require(facts.actor, Permission::MembersRemove)?;
        let target = facts.target.ok_or(OrganizationRule::NotFound)?;
        if actor != Role::Owner && target == Role::Owner {
            return Err(OrganizationRule::OwnersOnly);
        }
    }
    if facts.is_last_owner() {
        return Err(OrganizationRule::LastOwner);
    }
    Ok(())
}

/// What a transfer of ownership does: the target becomes an owner, and who
/// acts an admin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TransferPlan {
    /// Whether the company passes to the new owner, too.
    pub with_company: bool,
}

/// Decides a transfer of ownership (`NotFound`, `OwnersOnly`, `NoOtherMember`).
///
/// The company passes with the organization when who acts owns it and no other
/// organization belongs to it.
pub fn decide_transfer(
    facts: &MemberFacts,
    owns_company: bool,
    other_organizations: u64,
) -> Result<TransferPlan, OrganizationRule> {
    let actor = facts.actor.ok_or(OrganizationRule::NotFound)?;
    if actor != Role::Owner {
        return Err(OrganizationRule::OwnersOnly);
    }
    if facts.is_self || facts.target.is_none() {
        return Err(OrganizationRule::NoOtherMember);
    }
    Ok(TransferPlan {
        with_company: owns_company && other_organizations == 0,
    })
}

/// What a user leaves behind in one organization when the account goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stake {
    /// Which organization.
    pub organization: OrganizationSummary,
    /// The user's role.
    pub role: Role,
    /// Owners of the organization.
    pub owners: u64,
    /// Members of the organization.
    pub members: u64,
}

impl From<&[Stake]> for DeletionFacts {
    /// What the deletion of the account depends on
    /// ([`crate::personal_data::decide_deletion`]).
    fn from(stakes: &[Stake]) -> Self {
        let alone = |stake: &&Stake| stake.role == Role::Owner && stake.owners <= 1;
        let owned = stakes.iter().filter(alone).map(|stake| SoleOwnership {
            uid: stake.organization.id.to_string(),
            display_name: stake.organization.display_name.as_str().to_owned(),
            other_members: stake.members.saturating_sub(1),
        });
        Self {
            sole_ownerships: owned.collect(),
        }
    }
}
