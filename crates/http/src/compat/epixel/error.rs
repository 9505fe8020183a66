//! The dialect's errors: `{"status_code", "errors": {field: [text]}, "data"}`,
//! under `detail` where no field is at fault.

use actix_web::ResponseError as _;
use actix_web::http::StatusCode;
use serde::{Serialize, Serializer};
use utoipa::ToSchema;
use vestibule_domain::avatars::AvatarError;
use vestibule_domain::contact::{ConfirmEmailChangeError, StartEmailChangeError};
use vestibule_domain::credentials::StepUpError;
use vestibule_domain::kernel::{FieldError, FieldErrors, StoreError};
use vestibule_domain::throttling::Throttled;
use vestibule_domain::users::UpdateError;

use super::shapes::Nothing;
use super::texts;
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

/// What is answered in place of data.
#[derive(Serialize, ToSchema)]
pub(super) struct Refusal<'a> {
    /// The HTTP status.
    #[schema(minimum = 400, maximum = 599)]
    status_code: u16,
    /// Messages by field; what is no field's fault stands under `detail`.
    #[schema(value_type = BTreeMap<String, Vec<String>>)]
    errors: Messages<'a>,
    data: Nothing,
}

/// Fields with their messages, in the order in which they were refused.
struct Messages<'a>(Vec<(&'a str, Vec<&'a str>)>);

impl<'a> Messages<'a> {
    fn add(&mut self, field: &'a str, message: &'a str) {
        match self.0.iter_mut().find(|(known, _)| *known == field) {
            Some((_, messages)) => messages.push(message),
            None => self.0.push((field, vec![message])),
        }
    }
}

impl Serialize for Messages<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let fields = self.0.iter();
        serializer.collect_map(fields.map(|(field, messages)| (field, messages)))
    }
}

fn render(problem: &Problem, _: &str) -> Vec<u8> {
    let mut errors = Messages(Vec::new());
    for error in problem.errors() {
        errors.add(&error.field, &error.message);
    }
    if problem.errors().is_empty() {
        errors.add("detail", problem.detail());
    }
    let refusal = Refusal {
        status_code: problem.status_code().as_u16(),
        errors,
        data: Nothing {},
    };
    // Texts and a number alone cannot fail to serialize.
    serde_json::to_vec(&refusal).unwrap_or_default()
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Problem::from(error).into()
    }
}

impl From<StepUpError> for Failure {
    fn from(error: StepUpError) -> Self {
        match error {
            StepUpError::Required => Problem::new(
                StatusCode::FORBIDDEN,
                "reauthentication_required",
                "Sign in again, then retry within 5 minutes.",
            )
            .into(),
            // None is sent.
            StepUpError::Incorrect(_) => Problem::internal().into(),
            StepUpError::Hash(error) => Problem::from(error).into(),
            StepUpError::Store(error) => error.into(),
        }
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

impl From<ConfirmEmailChangeError> for Failure {
    fn from(error: ConfirmEmailChangeError) -> Self {
        match error {
            ConfirmEmailChangeError::InvalidToken
            | ConfirmEmailChangeError::IncorrectCode
            | ConfirmEmailChangeError::DeadCode => {
                let invalid = texts::not_matching().at("token_field");
                Problem::fields(FieldErrors::from(invalid)).into()
            }
            ConfirmEmailChangeError::EmailTaken => Problem::new(
                StatusCode::CONFLICT,
                "email_taken",
                "Another account has this e-mail address by now.",
            )
            .into(),
            ConfirmEmailChangeError::Stale => Problem::new(
                StatusCode::CONFLICT,
                "conflict",
                "The e-mail address has changed meanwhile. Try again.",
            )
            .into(),
            ConfirmEmailChangeError::Store(error) => error.into(),
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

impl From<AvatarError> for Failure {
    fn from(error: AvatarError) -> Self {
        match error {
            AvatarError::NotFound => Problem::invalid_token().into(),
            AvatarError::Stale => Problem::stale().into(),
            AvatarError::Invalid(errors) => {
                let images = errors.as_slice().iter().map(of_image).collect();
                Problem::fields(errors).naming(images).into()
            }
            AvatarError::Overloaded => Problem::unavailable().into(),
            AvatarError::Failed(cause) => {
                tracing::error!(%cause, "an avatar could not be made");
                Problem::internal().into()
            }
            AvatarError::Media(error) => Problem::from(error).into(),
            AvatarError::Store(StoreError::Throttled(throttled)) => images_throttled(throttled),
            AvatarError::Store(error) => error.into(),
        }
    }
}

fn of_image(error: &FieldError) -> FieldError {
    let field = match &*error.field {
        "crop" => "cropped_image",
        _ => "image",
    };
    texts::image().at(field)
}

fn images_throttled(throttled: Throttled) -> Failure {
    let text = texts::images_throttled(throttled.seconds());
    Problem::throttled(throttled).saying(text).into()
}
