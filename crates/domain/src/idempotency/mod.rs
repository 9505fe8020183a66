//! Retries without harm: the answer to a request with an `Idempotency-Key` is
//! kept for a day, and a retry gets it again.

mod begin;
mod ports;

pub use begin::{Begun, Idempotency, IdempotencyError, OnceScope, Running, Ticket};
pub use ports::*;

use std::time::Duration;

/// How long a record is kept.
pub const RETENTION: Duration = Duration::from_hours(24);
