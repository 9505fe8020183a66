//! Messages: short texts that users publish, to everyone who is signed in or
//! to themselves alone.
//!
//! ```
//! use vestibule_domain::messages::Audience;
//! use vestibule_testkit::fixtures::Fixtures;
//!
//! let make = Fixtures::default();
//! let (ada, bob) = (make.account("ada"), make.account("bob"));
//! assert_eq!(Audience::of(ada.id, ada.id), Audience::Author);
//! assert_eq!(Audience::of(bob.id, ada.id), Audience::Others);
//! ```

mod delete;
mod list;
mod model;
mod ports;
mod post;

use std::sync::Arc;

pub use delete::DeleteMessageError;
pub use model::{Audience, Author, Message, MessageBody};
pub use ports::*;
pub use post::PostMessage;

use crate::kernel::{Clock, IdGenerator};
use crate::users::UserStore;

/// Use cases on messages.
#[derive(Clone)]
pub struct Messages {
    /// The stored messages.
    pub store: Arc<dyn MessageStore>,
    /// The stored accounts.
    pub users: Arc<dyn UserStore>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Makes ids.
    pub ids: Arc<dyn IdGenerator>,
}
