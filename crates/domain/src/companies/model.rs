use super::error::CompanyRule;
use crate::kernel::{CompanyId, Invalid, Timestamp, UserId, Version};
use crate::organizations::{OrganizationName, UserRef};

/// How many documents a company may have, 0–1 000 000 000. The service does
/// not count them: the product asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct MaxDocuments(i64);

/// What a new company may have: 1000 documents.
pub const DEFAULT_MAX_DOCUMENTS: MaxDocuments = MaxDocuments(1000);

impl MaxDocuments {
    /// A number within the limits (`out_of_range` otherwise).
    pub fn parse(number: i64) -> Result<Self, Invalid> {
        if (0..=1_000_000_000).contains(&number) {
            Ok(Self(number))
        } else {
            Err(Invalid::new(
                "out_of_range",
                "Use a whole number from 0 to 1000000000.",
            ))
        }
    }

    /// The number.
    pub const fn get(self) -> i64 {
        self.0
    }
}

/// A company.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Company {
    /// Its id.
    pub id: CompanyId,
    /// Who owns it.
    pub owner: UserRef,
    /// Its name.
    pub name: OrganizationName,
    /// How many documents it may have.
    pub max_documents: MaxDocuments,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Grows with each change.
    pub version: Version,
}

/// Decides whether `user` renames a company. `seen` is the company, if the
/// user owns it or is a member of one of its organizations (`NotFound`,
/// `OwnerOnly`).
pub fn decide_rename(user: UserId, seen: Option<&Company>) -> Result<(), CompanyRule> {
    let company = seen.ok_or(CompanyRule::NotFound)?;
    if company.owner.id == user {
        Ok(())
    } else {
        Err(CompanyRule::OwnerOnly)
    }
}
