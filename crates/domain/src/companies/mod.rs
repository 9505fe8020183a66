//! Companies: who stands behind organizations, and how many documents they
//! may have.

mod active;
mod error;
mod list;
mod model;
mod ports;
mod rename;
mod set_max_documents;

use std::sync::Arc;

pub use error::{CompanyError, CompanyRule};
pub use model::{Company, DEFAULT_MAX_DOCUMENTS, MaxDocuments, decide_rename};
pub use ports::*;

use crate::kernel::Clock;
use crate::organizations::OrganizationStore;

/// Use cases on companies.
#[derive(Clone)]
pub struct Companies {
    /// The stored companies.
    pub store: Arc<dyn CompanyStore>,
    /// The stored organizations.
    pub organizations: Arc<dyn OrganizationStore>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}
