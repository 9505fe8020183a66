//! Letters, and how they leave.

mod eml_mailer;
mod kinds;
mod letter;
mod links;
mod smtp_mailer;
mod templates;
mod worker;

pub use eml_mailer::EmlMailer;
pub use letter::Letters;
pub use links::{LetterSettings, LetterSettingsError, LinkPaths};
pub use smtp_mailer::{SmtpMailer, SmtpSetupError, SmtpUrl, SmtpUrlError};
pub use templates::TemplateError;
pub use worker::deliver;
