//! Who writes the letters, and where their links lead.

use std::path::PathBuf;

use lettre::message::Mailbox;
use thiserror::Error;
use url::Url;

use super::templates::TemplateError;

/// Far below the 998 characters of a line of mail (RFC 5322 section 2.1.1),
/// together with a token.
const LONGEST_ADDRESS: usize = 500;

/// Who writes the letters, in which words, and where their links lead.
#[derive(Debug, Clone)]
pub struct LetterSettings {
    /// The service's public URL, `http` or `https`, without query.
    pub public_url: String,
    /// The sender, `Name <address>`.
    pub from: String,
    /// Folder of templates that replace those in the binary.
    pub templates: Option<PathBuf>,
    /// Paths of the pages that links lead to.
    pub paths: LinkPaths,
}

/// Paths below the public URL.
#[derive(Debug, Clone)]
pub struct LinkPaths {
    /// Takes `?key=`.
    pub verify_email: String,
    /// Takes `?uid=&token=`.
    pub reset_password: String,
    /// Takes `?token=` of an e-mail change.
    pub email_change: String,
    /// Takes `?token=` of the undoing of an e-mail change.
    pub undo_email_change: String,
    /// Takes `?token=` of an invitation.
    pub invitation: String,
}

impl Default for LinkPaths {
    fn default() -> Self {
        Self {
            verify_email: "/verify-email".to_owned(),
            reset_password: "/reset-password".to_owned(),
            email_change: "/confirm-email-change".to_owned(),
            undo_email_change: "/undo-email-change".to_owned(),
            invitation: "/accept-invitation".to_owned(),
        }
    }
}

impl LetterSettings {
    /// The default sender, words and paths.
    pub fn new(public_url: impl Into<String>) -> Self {
        Self {
            public_url: public_url.into(),
            from: "Vestibule <no-reply@localhost>".to_owned(),
            templates: None,
            paths: LinkPaths::default(),
        }
    }
}

/// Why letters cannot be written as configured.
#[derive(Debug, Error)]
pub enum LetterSettingsError {
    /// The public URL cannot stand in a link.
    #[error("the public URL {0:?} is not an http or https URL without query and credentials")]
    PublicUrl(String),
    /// The sender is no address.
    #[error("the sender {0:?} is not of the form `Name <address>`")]
    From(String),
    /// A path cannot stand in a link.
    #[error("the link path {0:?} does not start with `/` or holds characters that a link cannot")]
    Path(String),
    /// A template is broken.
    #[error(transparent)]
    Template(#[from] TemplateError),
}

/// The pages that links lead to, absolute.
#[derive(Debug, Clone)]
pub(super) struct Links {
    pub(super) verify_email: String,
    pub(super) reset_password: String,
    pub(super) email_change: String,
    pub(super) undo_email_change: String,
    pub(super) invitation: String,
    /// Host of the public URL.
    pub(super) host: String,
}

impl Links {
    pub(super) fn new(settings: &LetterSettings) -> Result<Self, LetterSettingsError> {
        let refused = || LetterSettingsError::PublicUrl(settings.public_url.clone());
        let url = Url::parse(&settings.public_url).map_err(|_| refused())?;
        let plain = matches!(url.scheme(), "http" | "https")
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none()
            && url.as_str().len() <= LONGEST_ADDRESS;
        let host = url.host_str().filter(|_| plain).ok_or_else(refused)?;
        let base = url.as_str().trim_end_matches('/');
        let page = |path: &str| checked_path(path).map(|path| format!("{base}{path}"));
        let paths = &settings.paths;
        Ok(Self {
            verify_email: page(&paths.verify_email)?,
            reset_password: page(&paths.reset_password)?,
            email_change: page(&paths.email_change)?,
            undo_email_change: page(&paths.undo_email_change)?,
            invitation: page(&paths.invitation)?,
            host: host.to_owned(),
        })
    }
}

/// The sender.
pub(super) fn sender(from: &str) -> Result<Mailbox, LetterSettingsError> {
    from.parse()
        .map_err(|_| LetterSettingsError::From(from.to_owned()))
}

fn checked_path(path: &str) -> Result<&str, LetterSettingsError> {
    let fits = path.starts_with('/')
        && path.len() <= LONGEST_ADDRESS
        && path.bytes().all(|byte| byte.is_ascii_graphic())
        && !path.contains(['"', '<', '>', '?', '\\', '^', '`', '{', '|', '}']);
    fits.then_some(path)
        .ok_or_else(|| LetterSettingsError::Path(path.to_owned()))
}
