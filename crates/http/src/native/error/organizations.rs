//! Errors of organizations and companies.

use actix_web::http::StatusCode;
use vestibule_domain::companies::{CompanyError, CompanyRule};
use vestibule_domain::organizations::{OrganizationError, OrganizationRule};

use crate::native::organizations::create::unknown_company;
use crate::native::organizations::transfer::no_other_member;
use crate::problem::Problem;

impl From<OrganizationError> for Problem {
    fn from(error: OrganizationError) -> Self {
        match error {
            OrganizationError::Rule(rule) => rule.into(),
            OrganizationError::Stale => Self::stale(),
            OrganizationError::Store(error) => error.into(),
        }
    }
}

impl From<OrganizationRule> for Problem {
    fn from(rule: OrganizationRule) -> Self {
        let conflict = |code, detail: &'static str| Self::new(StatusCode::CONFLICT, code, detail);
        match rule {
            OrganizationRule::NotFound => Self::not_found(),
            OrganizationRule::Forbidden(permission) => Self::forbidden(format!(
                "Your role in this organization lacks the permission {permission}."
            )),
            OrganizationRule::OwnersOnly => {
                Self::forbidden("Only an owner of this organization may do this to an owner.")
            }
            OrganizationRule::LastOwner => conflict(
                "last_owner",
                "An organization always has an owner. Make another member an owner first, or \
                 delete the organization.",
            ),
            rule @ OrganizationRule::QuotaExceeded { .. } => {
                Self::quota(format!("You are in too many organizations: {rule}."))
            }
            OrganizationRule::SlugTaken => conflict(
                "slug_taken",
                "Another organization has this slug. Choose another one.",
            ),
            OrganizationRule::UnknownCompany => Self::fields(unknown_company().at("company")),
            OrganizationRule::NoOtherMember => Self::fields(no_other_member().at("user")),
            OrganizationRule::AlreadyMember => conflict(
                "already_member",
                "The owner of this address is a member of the organization already.",
            ),
            OrganizationRule::NotPending => conflict(
                "not_pending",
                "This invitation was accepted or revoked, or has expired.",
            ),
            OrganizationRule::InvalidToken => Self::new(
                StatusCode::BAD_REQUEST,
                "invalid_token",
                "This invitation was used, revoked or replaced, or has expired. Ask for a new one.",
            ),
            OrganizationRule::OtherAddress => Self::new(
                StatusCode::FORBIDDEN,
                "other_address",
                "This invitation is for another address than yours. Sign in with the account of \
                 that address.",
            ),
            OrganizationRule::NotVerified => Self::new(
                StatusCode::FORBIDDEN,
                "email_not_verified",
                "Verify your e-mail address first, then accept the invitation.",
            ),
        }
    }
}

impl From<CompanyError> for Problem {
    fn from(error: CompanyError) -> Self {
        match error {
            CompanyError::Rule(CompanyRule::NotFound) => Self::not_found(),
            CompanyError::Rule(CompanyRule::OwnerOnly) => {
                Self::forbidden("Only the owner of a company may change it.")
            }
            CompanyError::Stale => Self::stale(),
            CompanyError::Store(error) => error.into(),
        }
    }
}
