//! Domain errors as problem documents; every match is exhaustive, so that a
//! new error breaks the build here. Failures of ports are in `crate::problem`.

mod contact;
mod organizations;
mod personal_data;

use actix_web::http::StatusCode;
use vestibule_domain::addresses::{AddressError, AddressRule};
use vestibule_domain::api_keys::{KeyError, KeyRule};
use vestibule_domain::avatars::{AvatarError, MediaError};
use vestibule_domain::credentials::{
    ChangePasswordError, ChangeRightsError, ConfirmResetError, LoginError, RegisterError,
    RequestMailError, StepUpError, VerifyEmailError,
};
use vestibule_domain::devices::{DeviceError, DeviceRule};
use vestibule_domain::inquiries::{InquiryError, InquiryRule};
use vestibule_domain::kernel::{FieldErrors, Invalid};
use vestibule_domain::sessions::{RefreshError, RevokeError};
use vestibule_domain::users::UpdateError;

use crate::auth::step_up_refused;
use crate::problem::Problem;

impl From<UpdateError> for Problem {
    fn from(error: UpdateError) -> Self {
        match error {
            UpdateError::NotFound => Self::not_found(),
            UpdateError::Stale => Self::stale(),
            UpdateError::Invalid(errors) => errors.into(),
            UpdateError::Store(error) => error.into(),
        }
    }
}

impl From<ChangeRightsError> for Problem {
    fn from(error: ChangeRightsError) -> Self {
        match error {
            ChangeRightsError::SessionRequired => Self::forbidden(
                "is_admin is changed in an administrator's own session only, not by a key.",
            ),
            ChangeRightsError::StepUp(error) => error.into(),
            ChangeRightsError::Update(error) => error.into(),
        }
    }
}

impl From<RegisterError> for Problem {
    fn from(error: RegisterError) -> Self {
        match error {
            RegisterError::Invalid(errors) => errors.into(),
            RegisterError::EmailTaken => Self::new(
                StatusCode::CONFLICT,
                "email_taken",
                "An account with this e-mail address exists.",
            ),
            RegisterError::UsernameTaken => Self::new(
                StatusCode::CONFLICT,
                "username_taken",
                "An account with this username exists. Choose another one.",
            ),
            RegisterError::InvalidInvitation => {
                let invalid = Invalid::new(
                    "invalid_token",
                    "This invitation was used, revoked or replaced, or has expired.",
                );
                Self::fields(invalid.at("invitation"))
            }
            RegisterError::OtherAddress => {
                let invalid = Invalid::new(
                    "other_address",
                    "Register with the address that was invited.",
                );
                Self::fields(invalid.at("email"))
            }
            RegisterError::Hash(error) => error.into(),
            RegisterError::Store(error) => error.into(),
        }
    }
}

impl From<LoginError> for Problem {
    fn from(error: LoginError) -> Self {
        match error {
            LoginError::InvalidCredentials => Self::new(
                StatusCode::UNAUTHORIZED,
                "invalid_credentials",
                "The username, e-mail address or password is wrong.",
            )
            .with(
                actix_web::http::header::WWW_AUTHENTICATE,
                "Bearer realm=\"vestibule\"",
            ),
            LoginError::Suspended => Self::new(
                StatusCode::FORBIDDEN,
                "account_suspended",
                "This account is suspended. Contact support.",
            ),
            LoginError::Hash(error) => error.into(),
            LoginError::Store(error) => error.into(),
        }
    }
}

impl From<RefreshError> for Problem {
    fn from(error: RefreshError) -> Self {
        match error {
            RefreshError::Invalid => Self::invalid_token(),
            RefreshError::Store(error) => error.into(),
        }
    }
}

impl From<RevokeError> for Problem {
    fn from(error: RevokeError) -> Self {
        match error {
            RevokeError::NotFound => Self::not_found(),
            RevokeError::Store(error) => error.into(),
        }
    }
}

impl From<ChangePasswordError> for Problem {
    fn from(error: ChangePasswordError) -> Self {
        match error {
            ChangePasswordError::Invalid(errors) => errors.into(),
            ChangePasswordError::Stale => Self::new(
                StatusCode::CONFLICT,
                "conflict",
                "The password has changed meanwhile. Try again.",
            ),
            ChangePasswordError::NotFound => Self::invalid_token(),
            ChangePasswordError::RecentLoginRequired => Self::new(
                StatusCode::FORBIDDEN,
                "reauthentication_required",
                "Sign in again, then set the password within 5 minutes.",
            ),
            ChangePasswordError::Hash(error) => error.into(),
            ChangePasswordError::Store(error) => error.into(),
        }
    }
}

impl From<StepUpError> for Problem {
    fn from(error: StepUpError) -> Self {
        step_up_refused(error, "current_password")
    }
}

impl From<ConfirmResetError> for Problem {
    fn from(error: ConfirmResetError) -> Self {
        match error {
            ConfirmResetError::Invalid(errors) => errors.into(),
            ConfirmResetError::InvalidToken => Self::new(
                StatusCode::BAD_REQUEST,
                "invalid_token",
                "This link was used, replaced or has expired. Ask for a new one.",
            ),
            ConfirmResetError::Hash(error) => error.into(),
            ConfirmResetError::Store(error) => error.into(),
        }
    }
}

impl From<VerifyEmailError> for Problem {
    fn from(error: VerifyEmailError) -> Self {
        match error {
            VerifyEmailError::InvalidKey => Self::new(
                StatusCode::BAD_REQUEST,
                "invalid_key",
                "This key was used, replaced or has expired. Ask for a new one.",
            ),
            VerifyEmailError::Store(error) => error.into(),
        }
    }
}

impl From<RequestMailError> for Problem {
    fn from(error: RequestMailError) -> Self {
        match error {
            RequestMailError::Store(error) => error.into(),
        }
    }
}

impl From<DeviceError> for Problem {
    fn from(error: DeviceError) -> Self {
        match error {
            DeviceError::Rule(DeviceRule::NotFound) => Self::not_found(),
            DeviceError::Rule(rule @ DeviceRule::QuotaExceeded { .. }) => {
                Self::quota(format!("You have too many devices: {rule}."))
            }
            DeviceError::Stale => Self::stale(),
            DeviceError::Store(error) => error.into(),
        }
    }
}

impl From<KeyError> for Problem {
    fn from(error: KeyError) -> Self {
        match error {
            KeyError::Rule(rule @ (KeyRule::NotAllowed | KeyRule::ScopeNotAllowed { .. })) => {
                Self::forbidden(format!("You may not do this: {rule}."))
            }
            KeyError::Rule(rule @ KeyRule::QuotaExceeded { .. }) => {
                Self::quota(format!("You have too many API keys: {rule}."))
            }
            KeyError::Rule(KeyRule::NotFound) => Self::not_found(),
            KeyError::EndsInThePast => {
                let invalid = Invalid::new("in_the_past", "Use a time that is still to come.");
                Self::fields(FieldErrors::from(invalid.at("expires_at")))
            }
            KeyError::Stale => Self::stale(),
            KeyError::Store(error) => error.into(),
        }
    }
}

impl From<AddressError> for Problem {
    fn from(error: AddressError) -> Self {
        match error {
            AddressError::Rule(AddressRule::NotFound) => Self::not_found(),
            AddressError::Rule(AddressRule::PrimaryRequired) => {
                let invalid = Invalid::new(
                    "primary_required",
                    "One address is always primary. Make another one primary instead.",
                );
                Self::fields(FieldErrors::from(invalid.at("is_primary")))
            }
            AddressError::Rule(rule @ AddressRule::QuotaExceeded { .. }) => {
                Self::quota(format!("You have too many addresses: {rule}."))
            }
            AddressError::Stale => Self::stale(),
            AddressError::Store(error) => error.into(),
        }
    }
}

impl From<MediaError> for Problem {
    fn from(error: MediaError) -> Self {
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            "the media store failed"
        );
        Self::unavailable()
    }
}

impl From<AvatarError> for Problem {
    fn from(error: AvatarError) -> Self {
        match error {
            AvatarError::NotFound => Self::invalid_token(),
            AvatarError::Stale => Self::stale(),
            AvatarError::Invalid(errors) => errors.into(),
            AvatarError::Overloaded => Self::unavailable(),
            AvatarError::Failed(cause) => {
                tracing::error!(%cause, "an avatar could not be made");
                Self::internal()
            }
            AvatarError::Media(error) => error.into(),
            AvatarError::Store(error) => error.into(),
        }
    }
}

impl From<InquiryError> for Problem {
    fn from(error: InquiryError) -> Self {
        match error {
            InquiryError::Rule(rule @ InquiryRule::QuotaExceeded { .. }) => {
                Self::quota(format!("You have too many open inquiries: {rule}."))
            }
            InquiryError::NotFound => Self::not_found(),
            InquiryError::Stale => Self::stale(),
            InquiryError::Store(error) => error.into(),
        }
    }
}
