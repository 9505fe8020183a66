use super::error::DeletionRule;

/// The parts of an export, in the order in which they are shown
/// (CONTRACTS.md section 2); `exported_at` precedes them.
pub const EXPORT_PARTS: &[&str] = &[
    "user",
    "settings",
    "features",
    "email_change",
    "addresses",
    "sessions",
    "api_keys",
    "api_usage",
    "device_tokens",
    "inquiries",
    "organizations",
    "identities",
    "messages",
    "activity",
];

/// An organization that has no other owner than the user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SoleOwnership {
    /// Its uid, as text.
    pub uid: String,
    /// What it is called.
    pub display_name: String,
    /// Members besides the user.
    pub other_members: u64,
}

/// What a deletion depends on, read in its own transaction.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DeletionFacts {
    /// The organizations that would be left without an owner.
    pub sole_ownerships: Vec<SoleOwnership>,
}

/// What a deletion does besides erasing the account.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DeletionPlan {
    /// Uids of organizations that go with their only member.
    pub delete_organizations: Vec<String>,
}

/// Decides what happens when a user goes: an organization goes with its only
/// member; one with other members must get another owner first
/// (`OwnsOrganizations`, which names all of them).
pub fn decide_deletion(facts: &DeletionFacts) -> Result<DeletionPlan, DeletionRule> {
    let shared = |owned: &&SoleOwnership| owned.other_members > 0;
    let blocking: Vec<_> = facts
        .sole_ownerships
        .iter()
        .filter(shared)
        .cloned()
        .collect();
    if blocking.is_empty() {
        let uids = facts.sole_ownerships.iter().map(|owned| owned.uid.clone());
        Ok(DeletionPlan {
            delete_organizations: uids.collect(),
        })
    } else {
        Err(DeletionRule::OwnsOrganizations(blocking))
    }
}
