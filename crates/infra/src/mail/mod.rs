//! Letters, and how they leave.

mod eml_mailer;
mod letter;
mod worker;

pub use eml_mailer::EmlMailer;
pub use letter::{LetterSettings, LetterSettingsError, Letters};
pub use worker::deliver;
