//! Retries without harm: the answer to a request with an `Idempotency-Key` is
//! kept for a day, and a retry gets it again.
//!
//! The record commits with the command, sealed so that only who repeats the
//! request can read it:
//!
//! ```
//! use vestibule_domain::idempotency::{Begun, OnceScope};
//! use vestibule_domain::kernel::Write;
//! use vestibule_testkit::app::TestApp;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let app = TestApp::default().app.idempotency;
//! let (route, key, body) = ("POST /things", "3f1c", br#"{"name": "a"}"#);
//!
//! if let Begun::Run(ticket) = app.begin(OnceScope::Anonymous, route, key, body).await? {
//!     let once = ticket.once(|()| b"made".to_vec());
//!     // Some command would go where `()` stands.
//!     app.store.record(Write::new((), app.clock.now()).once(Some(once))).await?;
//! }
//!
//! let retry = app.begin(OnceScope::Anonymous, route, key, body).await?;
//! assert!(matches!(retry, Begun::Replay(answer) if answer == b"made"));
//! # Ok(())
//! # }
//! ```

mod begin;
mod ports;

pub use begin::{Begun, Idempotency, IdempotencyError, OnceScope, Running, Ticket};
pub use ports::*;

use std::time::Duration;

/// How long a record is kept.
pub const RETENTION: Duration = Duration::from_hours(24);
