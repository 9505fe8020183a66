//! How a user is reached: changes of the e-mail address, and the phone number.
//!
//! An address changes in two steps, so that it is proved before it counts, and
//! a change can be undone from the address that it replaced:
//!
//! ```
//! use vestibule_domain::contact::{Contact, StartEmailChangeError};
//! use vestibule_domain::credentials::Proof;
//! use vestibule_domain::kernel::{Origin, Secret};
//! use vestibule_domain::sessions::SignedIn;
//! use vestibule_domain::users::EmailAddress;
//!
//! async fn move_to(
//!     contact: &Contact,
//!     caller: &SignedIn,
//!     new: EmailAddress,
//!     password: &Secret,
//! ) -> Result<(), StartEmailChangeError> {
//!     let origin = Origin::default();
//!     let proof = Proof::Demanded(Some(password));
//!     let change = contact
//!         .start_email_change(caller, new, proof, &origin, |_| None)
//!         .await?;
//!     assert!(change.created_at < change.expires_at);
//!     Ok(())
//! }
//! ```

mod cancel;
mod confirm;
mod error;
mod model;
mod ports;
mod set_phone;
mod start;
mod undo;
mod update_profile;

use std::sync::Arc;

pub use confirm::ReferencedCode;
pub use error::{
    CancelEmailChangeError, ConfirmEmailChangeError, StartEmailChangeError, UndoEmailChangeError,
};
pub use model::{EMAIL_CHANGE_LIFETIME, EmailChange, FormerEmail, MAX_CODE_TRIES, UNDO_LIFETIME};
pub use ports::*;

use crate::credentials::Credentials;
use crate::kernel::{Clock, IdGenerator, SecretSource};
use crate::users::UserStore;

/// Use cases on e-mail address and phone number.
#[derive(Clone)]
pub struct Contact {
    /// The stored changes.
    pub store: Arc<dyn EmailChangeStore>,
    /// The stored accounts.
    pub users: Arc<dyn UserStore>,
    /// For the step-up.
    pub credentials: Credentials,
    /// What is known of phone numbers.
    pub phones: Arc<dyn PhoneMetadata>,
    /// Makes and fingerprints tokens and codes.
    pub secrets: Arc<dyn SecretSource>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Makes ids.
    pub ids: Arc<dyn IdGenerator>,
}
