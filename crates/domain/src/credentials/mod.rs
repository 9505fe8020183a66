//! Passwords and what they open: registration, login, verification, change, reset.

mod change_password;
mod change_rights;
mod confirm_reset;
mod error;
mod login;
mod model;
mod password;
mod ports;
mod register;
mod request_reset;
mod resend_verification;
mod step_up;
mod verify_email;

use std::sync::Arc;

pub use change_password::ChangePassword;
pub use change_rights::ChangeRights;
pub use confirm_reset::ConfirmReset;
pub use error::{
    ChangePasswordError, ChangeRightsError, ConfirmResetError, LoginError, RegisterError,
    RequestMailError, StepUpError, VerifyEmailError,
};
pub use login::{Login, LoginName};
pub use model::{Credential, CredentialVersion, NewToken, PasswordHash, TokenKind};
#[cfg(feature = "mocks")]
pub use password::MockPasswordStrength;
pub use password::{
    MAX_PASSWORD_LENGTH, MIN_PASSWORD_LENGTH, PasswordContext, PasswordStrength, new_password,
    normalize_password,
};
pub use ports::*;
pub use register::Register;

use crate::kernel::{Clock, IdGenerator, SecretSource};
use crate::sessions::Sessions;
use crate::users::UserStore;

/// Use cases on credentials.
#[derive(Clone)]
pub struct Credentials {
    /// The stored credentials.
    pub store: Arc<dyn CredentialStore>,
    /// The stored accounts.
    pub users: Arc<dyn UserStore>,
    /// Hashes passwords.
    pub hasher: Arc<dyn PasswordHasher>,
    /// Judges passwords.
    pub strength: Arc<dyn PasswordStrength>,
    /// Makes and fingerprints single-use tokens.
    pub secrets: Arc<dyn SecretSource>,
    /// Opens sessions.
    pub sessions: Sessions,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Makes ids.
    pub ids: Arc<dyn IdGenerator>,
}
