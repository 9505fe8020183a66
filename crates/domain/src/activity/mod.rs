//! The security log: what happened to an account, when, and from where.

mod model;
mod ports;

pub use model::{ActivityRecord, Details, Event, LogEntry};
pub use ports::*;
