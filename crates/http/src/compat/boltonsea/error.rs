//! The dialect's errors: `{"error": "…"}`, and `fields` with a text for each
//! field that was refused.

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use vestibule_domain::contact::StartEmailChangeError;
use vestibule_domain::credentials::{ProvisionError, StepUpError};
use vestibule_domain::kernel::{FieldError, Invalid, StoreError};
use vestibule_domain::organizations::{OrganizationError, OrganizationRule};
use vestibule_domain::personal_data::{DeleteAccountError, DeletionRule};
use vestibule_domain::users::UpdateError;

use super::shapes::ErrorObject;
use super::step_up;
use crate::auth::step_up_refused;
use crate::compat::failure;
use crate::problem::{Problem, Shape};

/// How every error of the dialect looks.
pub(crate) const SHAPE: Shape = Shape {
    content_type: "application/json",
    render,
};

failure! {
    /// Why a call of the dialect failed.
    Failure
}

fn render(problem: &Problem, _: &str) -> Vec<u8> {
    let mut fields: BTreeMap<&str, String> = BTreeMap::new();
    for FieldError { field, message, .. } in problem.errors() {
        let text = fields.entry(field).or_default();
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(message);
    }
    let error = if fields.is_empty() {
        problem.detail()
    } else {
        "Some fields are not valid; see fields."
    };
    // Strings alone cannot fail to serialize.
    serde_json::to_vec(&ErrorObject { error, fields }).unwrap_or_default()
}

/// No account that the user belongs to.
pub(super) fn unknown_account() -> Invalid {
    Invalid::new("unknown_account", "Use the number of an account of yours.")
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Problem::from(error).into()
    }
}

impl From<ProvisionError> for Failure {
    fn from(error: ProvisionError) -> Self {
        let conflict =
            |code, detail: &'static str| Problem::new(StatusCode::CONFLICT, code, detail).into();
        match error {
            ProvisionError::EmailTaken => {
                conflict("email_taken", "An account with this e-mail address exists.")
            }
            ProvisionError::NoUsername => conflict(
                "username_taken",
                "No username could be made of this address that is free. Try again.",
            ),
            ProvisionError::Store(error) => error.into(),
        }
    }
}

impl From<UpdateError> for Failure {
    fn from(error: UpdateError) -> Self {
        match error {
            UpdateError::NotFound => Problem::invalid_token().into(),
            UpdateError::Stale => Problem::stale().into(),
            UpdateError::Invalid(errors) => Problem::fields(errors).into(),
            UpdateError::Store(error) => error.into(),
        }
    }
}

impl From<StepUpError> for Failure {
    fn from(error: StepUpError) -> Self {
        step_up_refused(error, step_up::FIELD).into()
    }
}

impl From<StartEmailChangeError> for Failure {
    fn from(error: StartEmailChangeError) -> Self {
        match error {
            StartEmailChangeError::Invalid(errors) => Problem::fields(errors).into(),
            StartEmailChangeError::StepUp(error) => error.into(),
            StartEmailChangeError::Store(error) => error.into(),
        }
    }
}

impl From<DeleteAccountError> for Failure {
    fn from(error: DeleteAccountError) -> Self {
        match error {
            DeleteAccountError::StepUp(error) => error.into(),
            DeleteAccountError::Rule(DeletionRule::OwnsOrganizations(owned)) => {
                let names = owned.iter().map(|owned| owned.display_name.as_str());
                let names: Vec<_> = names.collect();
                let detail = format!(
                    "You are the only owner of accounts with other members. Make one of them an \
                     owner, or delete these accounts: {}.",
                    names.join(", ")
                );
                Problem::new(StatusCode::CONFLICT, "sole_owner", detail).into()
            }
            DeleteAccountError::Store(error) => error.into(),
        }
    }
}

impl From<OrganizationError> for Failure {
    fn from(error: OrganizationError) -> Self {
        match error {
            OrganizationError::Rule(rule) => rule.into(),
            OrganizationError::Stale => Problem::stale().into(),
            OrganizationError::Store(error) => error.into(),
        }
    }
}

/// Only the choice of the default account asks these rules here.
impl From<OrganizationRule> for Failure {
    fn from(rule: OrganizationRule) -> Self {
        match rule {
            OrganizationRule::NotFound => {
                Problem::fields(unknown_account().at("organization_id")).into()
            }
            rule @ (OrganizationRule::Forbidden(_)
            | OrganizationRule::OwnersOnly
            | OrganizationRule::LastOwner
            | OrganizationRule::QuotaExceeded { .. }
            | OrganizationRule::SlugTaken
            | OrganizationRule::UnknownCompany
            | OrganizationRule::NoOtherMember
            | OrganizationRule::AlreadyMember
            | OrganizationRule::NotPending
            | OrganizationRule::InvalidToken
            | OrganizationRule::OtherAddress
            | OrganizationRule::NotVerified) => {
                let detail = format!("This is not possible: {rule}.");
                Problem::new(StatusCode::CONFLICT, "conflict", detail).into()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use actix_web::ResponseError as _;
    use serde_json::Value;
    use vestibule_domain::credentials::HashError;
    use vestibule_domain::kernel::BoxError;
    use vestibule_domain::throttling::Throttled;

    use super::*;

    #[test]
    fn what_is_over_for_now_says_when_to_come_again() {
        let down = || StoreError::unavailable(BoxError::from("secret cause"));
        let throttled = StoreError::Throttled(Throttled {
            limit: 5,
            retry_after: Duration::from_secs(7),
        });
        let failures: [(Failure, u16, &str); 4] = [
            (down().into(), 503, "1"),
            (DeleteAccountError::Store(down()).into(), 503, "1"),
            (StepUpError::Hash(HashError::Overloaded).into(), 503, "1"),
            (StartEmailChangeError::Store(throttled).into(), 429, "7"),
        ];
        for (Failure(problem), status, wait) in failures {
            let body: Value = serde_json::from_slice(&render(&problem, "r")).expect("JSON");
            let text = body["error"].as_str().expect("a text");
            assert!(!text.is_empty() && !text.contains("secret"), "{text}");
            assert_eq!(body.get("fields"), None);
            let answer = problem.error_response();
            assert_eq!(answer.status().as_u16(), status);
            let waits = answer.headers().get("retry-after").expect("a wait");
            assert_eq!(waits, wait);
        }
    }
}
