//! The security log: what happened to an account, when, and from where.

mod list;
mod model;
mod ports;

use std::sync::Arc;

pub use model::{ActivityRecord, Details, Event, LogEntry};
pub use ports::*;

/// Use cases on the security log.
#[derive(Clone)]
pub struct Activity {
    /// The stored log.
    pub store: Arc<dyn ActivityStore>,
}
