//! Postal addresses, one of them the primary one.

mod create;
mod delete;
mod error;
mod list;
mod model;
mod ports;
mod update;

use std::sync::Arc;

pub use create::CreateAddress;
pub use error::{AddressError, AddressRule};
pub use model::{
    Address, AddressChanges, AddressLine, PostalCode, decide_create, decide_delete, decide_update,
};
pub use ports::*;

use crate::kernel::{Clock, IdGenerator};

/// Use cases on postal addresses.
#[derive(Clone)]
pub struct Addresses {
    /// The stored addresses.
    pub store: Arc<dyn AddressStore>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Makes ids.
    pub ids: Arc<dyn IdGenerator>,
    /// Most addresses that a user may have.
    pub quota: u32,
}
