//! Errors of identities as problem documents; every match is exhaustive.

use actix_web::http::StatusCode;
use actix_web::http::header;
use vestibule_domain::identities::{
    BeginError, CompleteError, ExchangeError, IdentityRule, ProviderError, UnlinkError,
    VerifyIdentityError,
};
use vestibule_domain::kernel::{FieldErrors, Invalid};

use crate::problem::Problem;

impl From<ProviderError> for Problem {
    fn from(error: ProviderError) -> Self {
        match error {
            ProviderError::Refused => Self::new(
                StatusCode::BAD_REQUEST,
                "provider_refused",
                "The provider refused: the code was used before, or has expired. Begin again.",
            ),
            ProviderError::Untrusted(check) => {
                tracing::warn!(check, "an identity provider is not to be trusted");
                Self::new(
                    StatusCode::BAD_REQUEST,
                    "untrusted_provider",
                    "What the provider said is not to be trusted. Begin again.",
                )
            }
            ProviderError::BadInstance => {
                let invalid = Invalid::new(
                    "unusable_instance",
                    "This server cannot be used. Use the name of a public one.",
                );
                Self::fields(FieldErrors::from(invalid.at("instance")))
            }
            ProviderError::Unavailable(cause) => {
                tracing::warn!(%cause, "an identity provider is unavailable");
                Self::new(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "provider_unavailable",
                    "The provider cannot be reached right now. Try again later.",
                )
                .with(header::RETRY_AFTER, "30")
            }
        }
    }
}

impl From<IdentityRule> for Problem {
    fn from(rule: IdentityRule) -> Self {
        match rule {
            IdentityRule::NotFound => Self::not_found(),
            IdentityRule::Taken => Self::new(
                StatusCode::CONFLICT,
                "identity_taken",
                "This account at the provider is linked to another user.",
            ),
            IdentityRule::LastWayToLogIn => Self::new(
                StatusCode::CONFLICT,
                "last_login_method",
                "This is your last way to log in. Set a password or link another identity first.",
            ),
            rule @ IdentityRule::QuotaExceeded { .. } => {
                Self::quota(format!("You have too many identities: {rule}."))
            }
        }
    }
}

/// The provider knows the user, we do not.
fn not_linked() -> Problem {
    Problem::new(
        StatusCode::FORBIDDEN,
        "identity_not_linked",
        "No account is linked to this identity. Sign in another way and link it first.",
    )
}

impl From<BeginError> for Problem {
    fn from(error: BeginError) -> Self {
        match error {
            BeginError::UnknownProvider => Self::not_found(),
            BeginError::Rule(rule) => rule.into(),
            BeginError::NotLinked => not_linked(),
            BeginError::Provider(ProviderError::Refused) => {
                let invalid =
                    Invalid::new("incorrect", "The provider does not accept this password.");
                Self::fields(FieldErrors::from(invalid.at("password")))
            }
            BeginError::Provider(error) => error.into(),
            BeginError::Store(error) => error.into(),
        }
    }
}

/// What becomes of a browser that came back in vain.
pub(super) enum InVain {
    /// It goes on to the front end with this code.
    Redirect(&'static str),
    /// It is told right here: somebody tries something.
    Refuse(Problem),
}

impl From<CompleteError> for InVain {
    fn from(error: CompleteError) -> Self {
        let refuse = Self::Refuse;
        match error {
            CompleteError::InvalidState => refuse(invalid_state()),
            CompleteError::Denied => Self::Redirect("access_denied"),
            CompleteError::ProviderEnded => Self::Redirect("provider_error"),
            CompleteError::SessionEnded => Self::Redirect("session_ended"),
            CompleteError::NotLinked => Self::Redirect("identity_not_linked"),
            CompleteError::Rule(rule) => match rule {
                IdentityRule::Taken => Self::Redirect("identity_taken"),
                IdentityRule::QuotaExceeded { .. } => Self::Redirect("quota_exceeded"),
                rule @ (IdentityRule::NotFound | IdentityRule::LastWayToLogIn) => {
                    refuse(rule.into())
                }
            },
            CompleteError::Provider(error) => match error {
                error @ (ProviderError::Unavailable(_) | ProviderError::BadInstance) => {
                    tracing::warn!(%error, "an identity provider is unavailable");
                    Self::Redirect("provider_unavailable")
                }
                error @ (ProviderError::Refused | ProviderError::Untrusted(_)) => {
                    refuse(error.into())
                }
            },
            CompleteError::Store(error) => refuse(error.into()),
        }
    }
}

/// 400 for a state that does not count here and now.
pub(super) fn invalid_state() -> Problem {
    Problem::new(
        StatusCode::BAD_REQUEST,
        "invalid_state",
        "This was used, has expired, or was begun in another browser. Begin again.",
    )
}

impl From<ExchangeError> for Problem {
    fn from(error: ExchangeError) -> Self {
        match error {
            ExchangeError::InvalidCode => Self::new(
                StatusCode::BAD_REQUEST,
                "invalid_code",
                "This code was used or has expired. Begin again.",
            ),
            ExchangeError::Login(error) => error.into(),
            ExchangeError::Store(error) => error.into(),
        }
    }
}

impl From<VerifyIdentityError> for Problem {
    fn from(error: VerifyIdentityError) -> Self {
        match error {
            VerifyIdentityError::NotFound => Self::not_found(),
            VerifyIdentityError::UnknownProvider => Self::new(
                StatusCode::CONFLICT,
                "provider_not_configured",
                "This provider is not in use any more.",
            ),
            VerifyIdentityError::Provider(error) => error.into(),
            VerifyIdentityError::Store(error) => error.into(),
        }
    }
}

impl From<UnlinkError> for Problem {
    fn from(error: UnlinkError) -> Self {
        match error {
            UnlinkError::StepUp(error) => error.into(),
            UnlinkError::Rule(rule) => rule.into(),
            UnlinkError::Stale => Self::stale(),
            UnlinkError::Store(error) => error.into(),
        }
    }
}
