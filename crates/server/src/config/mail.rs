//! Settings of mail.

use std::path::PathBuf;

use serde::Deserialize;
use vestibule_infra::mail::SmtpUrl;

use super::readers::{optional, parsed};
use super::values::UrlPath;

/// Mail.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Mail {
    /// Sender, `Name <address>`. `Vestibule <no-reply@localhost>`.
    #[serde(deserialize_with = "parsed")]
    pub(crate) from: String,
    /// The server that sends the mail: `smtp://`, `smtps://` or
    /// `smtp+starttls://` with `user:password@host:port`. None: mail goes as
    /// `.eml` files into `<data_dir>/mail/`.
    #[serde(deserialize_with = "optional")]
    pub(crate) smtp_url: Option<SmtpUrl>,
    /// Path of the page that `?key=` of a verification is added to.
    /// `/verify-email`.
    #[serde(deserialize_with = "parsed")]
    pub(crate) verify_path: UrlPath,
    /// Path of the page that `?uid=&token=` of a reset is added to.
    /// `/reset-password`.
    #[serde(deserialize_with = "parsed")]
    pub(crate) reset_path: UrlPath,
    /// Path of the page that `?token=` of an e-mail change is added to.
    /// `/confirm-email-change`.
    #[serde(deserialize_with = "parsed")]
    pub(crate) email_change_path: UrlPath,
    /// Path of the page that `?token=` is added to by which an e-mail change
    /// is undone. `/undo-email-change`.
    #[serde(deserialize_with = "parsed")]
    pub(crate) undo_path: UrlPath,
    /// Path of the page that `?token=` of an invitation is added to.
    /// `/accept-invitation`.
    #[serde(deserialize_with = "parsed")]
    pub(crate) invitation_path: UrlPath,
    /// Folder of templates that replace those in the binary.
    #[serde(deserialize_with = "optional")]
    pub(crate) templates_dir: Option<PathBuf>,
}

impl Default for Mail {
    fn default() -> Self {
        Self {
            from: "Vestibule <no-reply@localhost>".to_owned(),
            smtp_url: None,
            verify_path: UrlPath::constant("/verify-email"),
            reset_path: UrlPath::constant("/reset-password"),
            email_change_path: UrlPath::constant("/confirm-email-change"),
            undo_path: UrlPath::constant("/undo-email-change"),
            invitation_path: UrlPath::constant("/accept-invitation"),
            templates_dir: None,
        }
    }
}
