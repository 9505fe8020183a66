//! How often something may be tried: buckets that are stored, so that restarts
//! and several instances share them (SECURITY.md "Throttling").
//!
//! A bucket is asked and counted by the write that it stands in
//! ([`crate::kernel::Write::throttled`]), in one transaction, before anything
//! costly is done. So of any number of parallel attempts exactly those that the
//! limit allows go on, and one that is refused counts nowhere.
//!
//! Whatever mails an address that somebody typed takes the mail limit along:
//!
//! ```
//! use vestibule_domain::kernel::{Timestamp, Write};
//! use vestibule_domain::throttling::{MailKind, Throttling};
//! use vestibule_domain::users::EmailAddress;
//!
//! fn mailing<C>(throttling: &Throttling, to: &EmailAddress, command: C, at: Timestamp) -> Write<C> {
//!     let limit = throttling.mail(MailKind::Invitation, to);
//!     Write::new(command, at).throttled(limit)
//! }
//! ```

mod attempt;
mod model;

use std::sync::Arc;
use std::time::Duration;

pub use model::{
    Bucket, BucketChange, Decision, Limit, Limits, MailKind, Throttle, Throttled, decide,
};

use crate::idempotency::OnceStore;
use crate::kernel::{Clock, SecretSource};

/// Whatever mails an address that somebody typed answers no sooner, so that the
/// time tells nobody whether the address is an account's: see
/// [`even_out`](crate::kernel::even_out).
pub const MAIL_FLOOR: Duration = Duration::from_millis(25);

/// What is throttled, and by which limits.
#[derive(Clone)]
pub struct Throttling {
    /// Stores buckets by themselves.
    pub once: Arc<dyn OnceStore>,
    /// Makes the keys of buckets, which tell nobody whose they are.
    pub secrets: Arc<dyn SecretSource>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The limits; `None` switches throttling off.
    pub limits: Option<Limits>,
}
