//! All that is kept about a user: handed out in one piece, and erased.
//!
//! What is exported and what is erased must be the same data:
//! [`EXPORT_PARTS`] names the parts, and adapters say for each of their tables
//! in which part it is shown.

mod delete;
mod error;
mod export;
mod model;
mod ports;

use std::sync::Arc;

pub use error::{DeleteAccountError, DeletionRule};
pub use export::Export;
pub use model::{DeletionFacts, DeletionPlan, EXPORT_PARTS, SoleOwnership, decide_deletion};
pub use ports::*;

use crate::app::Storage;
use crate::credentials::Credentials;
use crate::kernel::{Clock, IdGenerator};
use crate::outbox::AvatarEraser;

/// Use cases on all data of a user.
#[derive(Clone)]
pub struct PersonalData {
    /// All stored data.
    pub storage: Storage,
    /// Makes sure that it is the owner who asks.
    pub credentials: Credentials,
    /// Erases the files.
    pub eraser: Arc<dyn AvatarEraser>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Makes ids.
    pub ids: Arc<dyn IdGenerator>,
}
