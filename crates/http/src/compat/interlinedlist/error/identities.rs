//! Errors of identities.

use actix_web::http::{StatusCode, header};
use vestibule_domain::identities::{IdentityRule, ProviderError, UnlinkError, VerifyIdentityError};

use super::Failure;
use crate::problem::Problem;

impl From<IdentityRule> for Failure {
    fn from(rule: IdentityRule) -> Self {
        let conflict =
            |code, detail: &'static str| Problem::new(StatusCode::CONFLICT, code, detail);
        match rule {
            IdentityRule::NotFound => Problem::not_found(),
            IdentityRule::Taken => conflict(
                "identity_taken",
                "This account at the provider is linked to another user.",
            ),
            IdentityRule::LastWayToLogIn => conflict(
                "last_login_method",
                "This is your last way to log in. Set a password or link another identity first.",
            ),
            rule @ IdentityRule::QuotaExceeded { .. } => {
                Problem::quota(format!("You have too many identities: {rule}."))
            }
        }
        .into()
    }
}

impl From<UnlinkError> for Failure {
    fn from(error: UnlinkError) -> Self {
        match error {
            UnlinkError::StepUp(error) => error.into(),
            UnlinkError::Rule(rule) => rule.into(),
            UnlinkError::Stale => Problem::stale().into(),
            UnlinkError::Store(error) => error.into(),
        }
    }
}

impl From<VerifyIdentityError> for Failure {
    fn from(error: VerifyIdentityError) -> Self {
        match error {
            VerifyIdentityError::NotFound => Problem::not_found().into(),
            VerifyIdentityError::UnknownProvider => Problem::new(
                StatusCode::CONFLICT,
                "provider_not_configured",
                "This provider is not in use any more.",
            )
            .into(),
            VerifyIdentityError::Provider(error) => error.into(),
            VerifyIdentityError::Store(error) => error.into(),
        }
    }
}

impl From<ProviderError> for Failure {
    fn from(error: ProviderError) -> Self {
        let bad_request =
            |code, detail: &'static str| Problem::new(StatusCode::BAD_REQUEST, code, detail);
        match error {
            ProviderError::Refused => bad_request(
                "provider_refused",
                "The provider refused. Link the identity again.",
            ),
            ProviderError::Untrusted(check) => {
                tracing::warn!(check, "an identity provider is not to be trusted");
                bad_request(
                    "untrusted_provider",
                    "What the provider said is not to be trusted. Try again.",
                )
            }
            ProviderError::BadInstance => bad_request(
                "unusable_instance",
                "The server of this identity cannot be used any more.",
            ),
            ProviderError::Unavailable(cause) => {
                tracing::warn!(%cause, "an identity provider is unavailable");
                Problem::new(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "provider_unavailable",
                    "The provider cannot be reached right now. Try again later.",
                )
                .with(header::RETRY_AFTER, "30")
            }
        }
        .into()
    }
}
