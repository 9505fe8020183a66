//! Work that must follow a commit, once: mail.
//!
//! A job commits with the command that wants it ([`crate::kernel::Write::jobs`])
//! and is carried out afterwards by [`Outbox::deliver_due`].
//!
//! A port is implemented with `async_trait`, as it is declared. Whatever goes
//! wrong becomes the source of the port's own error:
//!
//! ```
//! use async_trait::async_trait;
//! use vestibule_domain::kernel::JobId;
//! use vestibule_domain::outbox::{Mail, MailError, Mailer};
//!
//! /// Hands letters to whatever listens at the other end of a pipe.
//! struct Pipe(std::sync::mpsc::Sender<(JobId, String)>);
//!
//! #[async_trait]
//! impl Mailer for Pipe {
//!     async fn send(&self, id: JobId, mail: &Mail) -> Result<(), MailError> {
//!         let text = match mail {
//!             Mail::VerifyEmail { key, .. } => format!("Prove your address: ?key={key}"),
//!             Mail::ResetPassword { uid, token, .. } => {
//!                 format!("Set a new password: ?uid={uid}&token={token}")
//!             }
//!             other => return Err(MailError::failed(format!("no words for {other:?}"))),
//!         };
//!         self.0.send((id, text)).map_err(MailError::failed)
//!     }
//! }
//! # let (pipe, letters) = std::sync::mpsc::channel();
//! # let mailer: std::sync::Arc<dyn Mailer> = std::sync::Arc::new(Pipe(pipe));
//! # drop((mailer, letters));
//! ```

mod deliver;
mod model;
mod ports;

pub use deliver::{Delivered, MAX_REFUSALS, MAX_TRIES, Outbox};
pub use model::{Job, Mail, NewJob, Work};
pub use ports::*;
