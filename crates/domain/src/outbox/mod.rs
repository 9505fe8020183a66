//! Work that must follow a commit, once: mail.
//!
//! A job commits with the command that wants it ([`crate::kernel::Write::jobs`])
//! and is carried out afterwards by [`Outbox::deliver_due`].

mod deliver;
mod model;
mod ports;

pub use deliver::{Delivered, Outbox};
pub use model::{Job, Mail, NewJob};
pub use ports::*;
