use thiserror::Error;

use crate::kernel::{GuardError, StoreError};

use super::role::Permission;

/// The rules of organizations, their members and invitations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum OrganizationRule {
    /// There is no such organization, member or invitation, or it is none of
    /// the caller's business.
    #[error("there is no such organization, member or invitation")]
    NotFound,
    /// The caller's role does not allow it.
    #[error("this needs the permission {0}")]
    Forbidden(Permission),
    /// Only owners make, change and remove owners.
    #[error("only an owner may do this to an owner")]
    OwnersOnly,
    /// An organization always has an owner.
    #[error("the last owner of an organization stays its owner")]
    LastOwner,
    /// The user is a member of as many organizations as allowed.
    #[error("at most {quota} organizations are allowed")]
    QuotaExceeded {
        /// Most organizations that a user may be a member of.
        quota: u32,
    },
    /// Another organization has the slug.
    #[error("the slug is taken")]
    SlugTaken,
    /// The user owns no such company.
    #[error("there is no such company of the user")]
    UnknownCompany,
    /// Ownership passes to another member only.
    #[error("the user is not another member of the organization")]
    NoOtherMember,
    /// The user, or the owner of the address, is a member already.
    #[error("the user is a member already")]
    AlreadyMember,
    /// The invitation was accepted or revoked, or has expired.
    #[error("the invitation is not pending")]
    NotPending,
    /// The token belongs to no pending invitation.
    #[error("the invitation was used, revoked or replaced, or has expired")]
    InvalidToken,
    /// The invitation is for another address than the account's.
    #[error("the invitation is for another address")]
    OtherAddress,
    /// The account's address is the invited one, and is not proved.
    #[error("the account's address is not verified")]
    NotVerified,
}

/// Why a call on organizations was refused.
#[derive(Debug, Error)]
pub enum OrganizationError {
    /// A rule refused.
    #[error(transparent)]
    Rule(#[from] OrganizationRule),
    /// The object changed since the caller read it.
    #[error("the object has changed meanwhile")]
    Stale,
    /// The store failed.
    #[error(transparent)]
    Store(StoreError),
}

impl From<StoreError> for OrganizationError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict => Self::Stale,
            other => Self::Store(other),
        }
    }
}

impl From<GuardError<OrganizationRule>> for OrganizationError {
    fn from(error: GuardError<OrganizationRule>) -> Self {
        match error {
            GuardError::Store(error) => error.into(),
            GuardError::Rule(rule) => rule.into(),
        }
    }
}
