//! Errors of e-mail address and phone number.

use actix_web::http::StatusCode;
use vestibule_domain::contact::{
    CancelEmailChangeError, ConfirmEmailChangeError, StartEmailChangeError, UndoEmailChangeError,
};
use vestibule_domain::kernel::Invalid;

use crate::problem::Problem;

impl From<StartEmailChangeError> for Problem {
    fn from(error: StartEmailChangeError) -> Self {
        match error {
            StartEmailChangeError::Invalid(errors) => errors.into(),
            StartEmailChangeError::StepUp(error) => error.into(),
            StartEmailChangeError::Store(error) => error.into(),
        }
    }
}

impl From<CancelEmailChangeError> for Problem {
    fn from(error: CancelEmailChangeError) -> Self {
        match error {
            CancelEmailChangeError::NotFound => Self::not_found(),
            CancelEmailChangeError::Stale => Self::stale(),
            CancelEmailChangeError::Store(error) => error.into(),
        }
    }
}

impl From<ConfirmEmailChangeError> for Problem {
    fn from(error: ConfirmEmailChangeError) -> Self {
        match error {
            ConfirmEmailChangeError::InvalidToken => invalid_link(),
            ConfirmEmailChangeError::IncorrectCode => {
                let invalid = Invalid::new("incorrect", "The code is incorrect.");
                Self::fields(invalid.at("code"))
            }
            ConfirmEmailChangeError::DeadCode => Self::new(
                StatusCode::BAD_REQUEST,
                "invalid_code",
                "No code is valid: it was used, tried too often, or has expired. Start the change again for a new one.",
            ),
            ConfirmEmailChangeError::EmailTaken => taken(
                "Another account has this e-mail address by now. Start the change again with another one.",
            ),
            ConfirmEmailChangeError::Stale => Self::new(
                StatusCode::CONFLICT,
                "conflict",
                "The e-mail address has changed meanwhile. Try again.",
            ),
            ConfirmEmailChangeError::Store(error) => error.into(),
        }
    }
}

impl From<UndoEmailChangeError> for Problem {
    fn from(error: UndoEmailChangeError) -> Self {
        match error {
            UndoEmailChangeError::InvalidToken => invalid_link(),
            UndoEmailChangeError::EmailTaken => taken(
                "Another account has the old e-mail address by now. Reset that account's password and give its address up, then open this link again.",
            ),
            UndoEmailChangeError::Store(error) => error.into(),
        }
    }
}

fn invalid_link() -> Problem {
    Problem::new(
        StatusCode::BAD_REQUEST,
        "invalid_token",
        "This link was used, replaced or has expired.",
    )
}

fn taken(detail: &'static str) -> Problem {
    Problem::new(StatusCode::CONFLICT, "email_taken", detail)
}
