//! Errors of organizations.

use actix_web::http::StatusCode;
use vestibule_domain::organizations::{OrganizationError, OrganizationRule};

use super::Failure;
use crate::problem::Problem;

impl From<OrganizationError> for Failure {
    fn from(error: OrganizationError) -> Self {
        match error {
            OrganizationError::Rule(rule) => rule.into(),
            OrganizationError::Stale => Problem::stale().into(),
            OrganizationError::Store(error) => error.into(),
        }
    }
}

impl From<OrganizationRule> for Failure {
    fn from(rule: OrganizationRule) -> Self {
        match rule {
            OrganizationRule::NotFound => Problem::not_found(),
            rule @ OrganizationRule::QuotaExceeded { .. } => {
                Problem::quota(format!("You are in too many organizations: {rule}."))
            }
            rule @ (OrganizationRule::Forbidden(_)
            | OrganizationRule::OwnersOnly
            | OrganizationRule::OtherAddress
            | OrganizationRule::NotVerified) => {
                Problem::forbidden(format!("You may not do this: {rule}."))
            }
            rule @ (OrganizationRule::LastOwner
            | OrganizationRule::SlugTaken
            | OrganizationRule::UnknownCompany
            | OrganizationRule::NoOtherMember
            | OrganizationRule::AlreadyMember
            | OrganizationRule::NotPending
            | OrganizationRule::InvalidToken) => Problem::new(
                StatusCode::CONFLICT,
                "conflict",
                format!("This is not possible: {rule}."),
            ),
        }
        .into()
    }
}
