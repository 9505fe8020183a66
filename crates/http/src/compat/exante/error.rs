//! The dialect's errors: `{"status": "error", "status_code", "message", "data"}`,
//! refused fields as `data: {"errors": {field: [text]}}`.

use std::collections::BTreeMap;

use actix_web::ResponseError as _;
use actix_web::http::StatusCode;
use vestibule_domain::kernel::{FieldError, StoreError};
use vestibule_domain::organizations::{OrganizationError, OrganizationRule};
use vestibule_domain::users::UpdateError;

use super::shapes::{Answer, ErrorData};
use super::update::unknown_organization;
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
    let mut errors: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for FieldError { field, message, .. } in problem.errors() {
        errors.entry(field).or_default().push(message);
    }
    let answer = Answer {
        status: "error",
        status_code: problem.status_code().as_u16(),
        message: problem.detail(),
        data: ErrorData { errors },
    };
    // Strings and numbers alone cannot fail to serialize.
    serde_json::to_vec(&answer).unwrap_or_default()
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Problem::from(error).into()
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

impl From<OrganizationError> for Failure {
    fn from(error: OrganizationError) -> Self {
        match error {
            OrganizationError::Rule(rule) => rule.into(),
            OrganizationError::Stale => Problem::stale().into(),
            OrganizationError::Store(error) => error.into(),
        }
    }
}

/// Only the choice of the default organization asks these rules here.
impl From<OrganizationRule> for Failure {
    fn from(rule: OrganizationRule) -> Self {
        match rule {
            OrganizationRule::NotFound => {
                Problem::fields(unknown_organization().at("default_organization")).into()
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

    use serde_json::Value;
    use vestibule_domain::kernel::BoxError;
    use vestibule_domain::throttling::Throttled;

    use super::*;

    #[test]
    fn what_is_over_for_now_says_when_to_come_again() {
        let down = || StoreError::unavailable(BoxError::from("secret cause"));
        let throttled = || {
            StoreError::Throttled(Throttled {
                limit: 5,
                retry_after: Duration::from_secs(7),
            })
        };
        let failures: [(Failure, u16, &str); 4] = [
            (down().into(), 503, "1"),
            (UpdateError::Store(down()).into(), 503, "1"),
            (OrganizationError::Store(down()).into(), 503, "1"),
            (UpdateError::Store(throttled()).into(), 429, "7"),
        ];
        for (Failure(problem), status, wait) in failures {
            let body: Value = serde_json::from_slice(&render(&problem, "r")).expect("JSON");
            assert_eq!(body["status"], "error");
            assert_eq!(body["status_code"], status);
            assert_eq!(body["data"], serde_json::json!({}));
            let text = body["message"].as_str().expect("a text");
            assert!(!text.is_empty() && !text.contains("secret"), "{text}");
            let answer = problem.error_response();
            assert_eq!(answer.status().as_u16(), status);
            let waits = answer.headers().get("retry-after").expect("a wait");
            assert_eq!(waits, wait);
        }
    }
}
