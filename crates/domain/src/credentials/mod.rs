//! Passwords and what they open: registration, login, verification, change, reset.
//!
//! ```
//! use vestibule_domain::credentials::{Login, LoginName, Register};
//! use vestibule_domain::kernel::{Origin, Secret};
//! use vestibule_domain::users::{EmailAddress, Username};
//! use vestibule_testkit::app::TestApp;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let credentials = TestApp::default().app.credentials;
//! let password = Secret::new("correct horse battery");
//! let register = Register::new(
//!     Username::parse("ada")?,
//!     EmailAddress::parse("ada@example.com")?,
//!     password.clone(),
//! );
//! credentials.register(register, &Origin::default(), |_| None).await?;
//!
//! let name = LoginName::guess("ADA@example.com");
//! let login = Login::new(name, password);
//! let grant = credentials.login(login, &Origin::default()).await?;
//! assert_eq!(grant.account.username.as_str(), "ada");
//! # Ok(())
//! # }
//! ```

mod change_password;
mod change_rights;
mod confirm_reset;
mod error;
mod known_device;
mod login;
mod model;
mod password;
mod ports;
mod provision;
mod register;
mod request_reset;
mod resend_verification;
mod sign_in;
mod step_up;
mod verify_email;

use std::sync::Arc;

pub use change_password::ChangePassword;
pub use change_rights::ChangeRights;
pub use confirm_reset::ConfirmReset;
pub use error::{
    ChangePasswordError, ChangeRightsError, ConfirmResetError, LoginError, ProvisionError,
    RegisterError, RequestMailError, StepUpError, VerifyEmailError,
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
pub use provision::Provision;
pub use register::Register;
pub(crate) use sign_in::SignInBy;
pub use step_up::{Proof, SteppedUp};

use crate::kernel::{Clock, IdGenerator, SecretSource};
use crate::organizations::InvitationStore;
use crate::sessions::Sessions;
use crate::throttling::Throttling;
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
    /// How often passwords may be tried, and mails asked for.
    pub throttling: Throttling,
    /// The invitations by which accounts are registered.
    pub invitations: Arc<dyn InvitationStore>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Makes ids.
    pub ids: Arc<dyn IdGenerator>,
}
