//! The security log: what happened to an account, when, and from where.

mod model;

pub use model::{Event, LogEntry};
