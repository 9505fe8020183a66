//! The dialect's errors: `{"error": "…"}`.

mod identities;
mod organizations;

use actix_web::http::StatusCode;
use vestibule_domain::avatars::{AvatarError, MediaError};
use vestibule_domain::contact::StartEmailChangeError;
use vestibule_domain::credentials::StepUpError;
use vestibule_domain::kernel::StoreError;
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

/// All refused fields in one sentence each.
fn render(problem: &Problem, _: &str) -> Vec<u8> {
    let error = if problem.errors().is_empty() {
        problem.detail().to_owned()
    } else {
        let sentences = problem.errors().iter();
        let sentences: Vec<_> = sentences
            .map(|error| format!("{}: {}", error.field, error.message))
            .collect();
        sentences.join(" ")
    };
    // A text cannot fail to serialize.
    serde_json::to_vec(&ErrorObject { error }).unwrap_or_default()
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

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Problem::from(error).into()
    }
}

impl From<AvatarError> for Failure {
    fn from(error: AvatarError) -> Self {
        match error {
            AvatarError::NotFound => Problem::invalid_token().into(),
            AvatarError::Stale => Problem::stale().into(),
            AvatarError::Invalid(errors) => Problem::fields(errors).into(),
            AvatarError::Overloaded => Problem::unavailable().into(),
            AvatarError::Failed(cause) => {
                tracing::error!(%cause, "an avatar could not be made");
                Problem::internal().into()
            }
            AvatarError::Media(error) => error.into(),
            AvatarError::Store(error) => error.into(),
        }
    }
}

impl From<MediaError> for Failure {
    fn from(error: MediaError) -> Self {
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            "the media store failed"
        );
        Problem::unavailable().into()
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
                    "You are the only owner of organizations with other members. Make one of \
                     them an owner, or delete these organizations: {}.",
                    names.join(", ")
                );
                Problem::new(StatusCode::CONFLICT, "sole_owner", detail).into()
            }
            DeleteAccountError::Store(error) => error.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use actix_web::ResponseError as _;
    use serde_json::Value;
    use vestibule_domain::credentials::HashError;
    use vestibule_domain::identities::{IdentityRule, ProviderError, VerifyIdentityError};
    use vestibule_domain::kernel::{BoxError, FieldErrors, Invalid};
    use vestibule_domain::organizations::OrganizationRule;
    use vestibule_domain::throttling::Throttled;

    use super::*;

    /// Status, text and `Retry-After` on the wire.
    fn told(failure: impl Into<Failure>) -> (u16, String, bool) {
        let Failure(problem) = failure.into();
        let body: Value = serde_json::from_slice(&render(&problem, "r")).expect("JSON");
        let answer = problem.error_response();
        let waits = answer.headers().contains_key("retry-after");
        let text = body["error"].as_str().expect("a text").to_owned();
        (problem.status_code().as_u16(), text, waits)
    }

    #[test]
    fn several_refused_fields_are_named_in_one_text() {
        let errors = vec![
            Invalid::new("required", "This is required.").at("a"),
            Invalid::new("too_long", "This is too long.").at("b"),
        ];
        let errors = FieldErrors::check(errors).expect_err("two");
        let (status, text, _) = told(AvatarError::Invalid(errors));
        assert_eq!(status, 400);
        assert_eq!(text, "a: This is required. b: This is too long.");
    }

    #[test]
    fn what_is_over_for_now_says_when_to_come_again() {
        let down = || StoreError::unavailable(BoxError::from("secret cause"));
        let throttled = Throttled {
            limit: 5,
            retry_after: std::time::Duration::from_secs(7),
        };
        let provider = VerifyIdentityError::Provider(ProviderError::unavailable("secret cause"));
        for ((status, text, waits), expected) in [
            (told(down()), 503),
            (told(AvatarError::Overloaded), 503),
            (told(StepUpError::Hash(HashError::Overloaded)), 503),
            (told(provider), 503),
            (told(StoreError::Throttled(throttled)), 429),
        ] {
            assert_eq!(status, expected);
            assert!(waits, "{text}");
            assert!(!text.contains("secret"), "{text}");
        }
    }

    #[test]
    fn rules_are_told_with_a_status_of_their_own() {
        for ((status, text, _), expected) in [
            (told(IdentityRule::NotFound), 404),
            (told(IdentityRule::LastWayToLogIn), 409),
            (told(OrganizationRule::QuotaExceeded { quota: 3 }), 409),
            (told(OrganizationRule::SlugTaken), 409),
            (told(OrganizationRule::OwnersOnly), 403),
            (told(UpdateError::Stale), 412),
        ] {
            assert_eq!(status, expected, "{text}");
        }
    }
}
