//! The dialect's errors: `{"error": "…"}`.

use serde_json::json;
use vestibule_domain::kernel::StoreError;
use vestibule_domain::users::UpdateError;

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
    json!({"error": error}).to_string().into_bytes()
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
