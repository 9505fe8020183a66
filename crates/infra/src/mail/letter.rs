//! What the letters say.

use std::time::{Duration, UNIX_EPOCH};

use lettre::Message;
use lettre::address::Address;
use lettre::message::header::{ContentTransferEncoding, ContentType, MIME_VERSION_1_0};
use lettre::message::{Body, Mailbox};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use thiserror::Error;
use url::Url;
use vestibule_domain::credentials::TokenKind;
use vestibule_domain::kernel::{BoxError, JobId, Timestamp};
use vestibule_domain::outbox::Mail;

/// What need not be encoded in a query (RFC 3986 section 2.3).
const QUERY: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');
/// Far below the 998 characters of a line of mail (RFC 5322 section 2.1.1),
/// together with a token.
const LONGEST_ADDRESS: usize = 500;

/// Who writes the letters and where their links lead.
#[derive(Debug, Clone)]
pub struct LetterSettings {
    /// The service's public URL, `http` or `https`, without query.
    pub public_url: String,
    /// The sender, `Name <address>`.
    pub from: String,
    /// Path below the public URL that takes `?key=`.
    pub verify_email_path: String,
    /// Path below the public URL that takes `?uid=&token=`.
    pub reset_password_path: String,
}

impl LetterSettings {
    /// The default sender and paths.
    pub fn new(public_url: impl Into<String>) -> Self {
        Self {
            public_url: public_url.into(),
            from: "Vestibule <no-reply@localhost>".to_owned(),
            verify_email_path: "/verify-email".to_owned(),
            reset_password_path: "/reset-password".to_owned(),
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
}

/// Writes letters.
#[derive(Debug, Clone)]
pub struct Letters {
    from: Mailbox,
    verify_email: String,
    reset_password: String,
    /// Right side of the Message-ID.
    host: String,
}

impl Letters {
    /// Letters from this sender with these links.
    pub fn new(settings: &LetterSettings) -> Result<Self, LetterSettingsError> {
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
        Ok(Self {
            from: settings
                .from
                .parse()
                .map_err(|_| LetterSettingsError::From(settings.from.clone()))?,
            verify_email: format!("{base}{}", checked_path(&settings.verify_email_path)?),
            reset_password: format!("{base}{}", checked_path(&settings.reset_password_path)?),
            host: host.to_owned(),
        })
    }

    /// The letter of an outbox job, with headers. Errors name no address.
    pub fn write(&self, id: JobId, mail: &Mail, at: Timestamp) -> Result<Message, BoxError> {
        let (to, subject, text) = match mail {
            Mail::VerifyEmail { to, username, key } => {
                let link = format!("{}?key={}", self.verify_email, encode(key));
                (
                    to,
                    "Confirm your e-mail address",
                    verify_email(username, &link),
                )
            }
            Mail::ResetPassword {
                to,
                username,
                uid,
                token,
            } => {
                let link = format!(
                    "{}?uid={}&token={}",
                    self.reset_password,
                    encode(uid),
                    encode(token)
                );
                (to, "Reset your password", reset_password(username, &link))
            }
            _ => return Err("there is no letter for this kind of mail".into()),
        };
        let to: Address = to.parse().map_err(|_| "the recipient is no address")?;
        // As it is, not folded as quoted-printable: a link stays whole, for
        // people who read the file and for programs that search it.
        if !text.is_ascii() {
            return Err("the text is not ASCII".into());
        }
        let body = Body::dangerous_pre_encoded(
            text.replace('\n', "\r\n").into_bytes(),
            ContentTransferEncoding::SevenBit,
        );
        let since_epoch = at.since(Timestamp::from_micros(0));
        let message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(subject)
            .date(UNIX_EPOCH + since_epoch)
            .message_id(Some(format!("<{id}@{}>", self.host)))
            .header(MIME_VERSION_1_0)
            .header(ContentType::TEXT_PLAIN)
            .body(body)?;
        Ok(message)
    }
}

fn checked_path(path: &str) -> Result<&str, LetterSettingsError> {
    let fits = path.starts_with('/')
        && path.len() <= LONGEST_ADDRESS
        && path.bytes().all(|byte| byte.is_ascii_graphic())
        && !path.contains(['"', '<', '>', '?', '\\', '^', '`', '{', '|', '}']);
    fits.then_some(path)
        .ok_or_else(|| LetterSettingsError::Path(path.to_owned()))
}

fn encode(value: &str) -> impl std::fmt::Display + '_ {
    utf8_percent_encode(value, QUERY)
}

fn verify_email(username: &str, link: &str) -> String {
    format!(
        "Hello {username},

please confirm that this e-mail address is yours by opening this link:

{link}

The link is valid for {}.

If you did not register an account, ignore this letter: without the link
the address is not confirmed.
",
        in_words(TokenKind::VerifyEmail.lifetime())
    )
}

fn reset_password(username: &str, link: &str) -> String {
    format!(
        "Hello {username},

open this link to choose a new password for your account:

{link}

The link is valid for {} and works once.

If you did not ask for it, ignore this letter: your password stays as it
is.
",
        in_words(TokenKind::ResetPassword.lifetime())
    )
}

/// A lifetime of whole minutes or hours.
fn in_words(lifetime: Duration) -> String {
    let minutes = lifetime.as_secs() / 60;
    if minutes.is_multiple_of(60) {
        format!("{} hours", minutes / 60)
    } else {
        format!("{minutes} minutes")
    }
}

#[cfg(test)]
#[path = "letter_tests.rs"]
mod tests;
