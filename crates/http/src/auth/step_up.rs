//! What is said to who has not shown that it is the owner who asks.

use actix_web::http::StatusCode;
use vestibule_domain::credentials::StepUpError;

use crate::problem::Problem;

/// The refusal of a call that takes the current password in `field`, natively
/// and in dialects.
pub(crate) fn step_up_refused(error: StepUpError, field: &str) -> Problem {
    match error {
        StepUpError::Required => Problem::new(
            StatusCode::FORBIDDEN,
            "reauthentication_required",
            format!("Send {field}, or sign in again and retry within 5 minutes."),
        ),
        StepUpError::Incorrect(invalid) => Problem::fields(invalid.at(field)),
        StepUpError::Hash(error) => error.into(),
        StepUpError::Store(error) => error.into(),
    }
}
