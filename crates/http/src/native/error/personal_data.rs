//! Errors of the export and deletion of accounts, and of messages.

use actix_web::http::StatusCode;
use vestibule_domain::kernel::Invalid;
use vestibule_domain::messages::DeleteMessageError;
use vestibule_domain::personal_data::{DeleteAccountError, DeletionRule};

use crate::problem::Problem;

impl From<DeleteAccountError> for Problem {
    fn from(error: DeleteAccountError) -> Self {
        match error {
            DeleteAccountError::StepUp(error) => error.into(),
            DeleteAccountError::Rule(DeletionRule::OwnsOrganizations(owned)) => {
                let errors = owned.iter().map(|owned| {
                    let message = format!(
                        "{} ({}) has other members. Make one of them an owner, or delete it.",
                        owned.display_name, owned.uid
                    );
                    Invalid::new("sole_owner", message).at(format!("organizations.{}", owned.uid))
                });
                Self::new(
                    StatusCode::CONFLICT,
                    "sole_owner",
                    "You are the only owner of an organization with other members.",
                )
                .naming(errors.collect())
            }
            DeleteAccountError::Store(error) => error.into(),
        }
    }
}

impl From<DeleteMessageError> for Problem {
    fn from(error: DeleteMessageError) -> Self {
        match error {
            DeleteMessageError::NotFound => Self::not_found(),
            DeleteMessageError::Store(error) => error.into(),
        }
    }
}
