//! Letters as they travel (RFC 5322): plain text, and the same as HTML.

use std::time::UNIX_EPOCH;

use lettre::Message;
use lettre::address::Address;
use lettre::message::header::{ContentTransferEncoding, ContentType, MIME_VERSION_1_0};
use lettre::message::{Body, Mailbox, MultiPart, SinglePart};
use vestibule_domain::kernel::{BoxError, JobId, Timestamp};
use vestibule_domain::outbox::Mail;

use super::kinds::{Kind, samples};
use super::links::{LetterSettings, LetterSettingsError, Links, sender};
use super::templates::Templates;

/// Bytes of a line of mail (RFC 5322 section 2.1.1).
const LONGEST_LINE: usize = 998;

/// Writes letters.
#[derive(Debug, Clone)]
pub struct Letters {
    from: Mailbox,
    links: Links,
    templates: Templates,
}

impl Letters {
    /// Letters from this sender with these words and links. Every template is
    /// tried, so that a broken one is found now.
    pub fn new(settings: &LetterSettings) -> Result<Self, LetterSettingsError> {
        let folder = settings.templates.as_deref();
        let letters = Self {
            from: sender(&settings.from)?,
            links: Links::new(settings)?,
            templates: Templates::load(folder)?,
        };
        for mail in samples() {
            if let Some(kind) = Kind::of(&mail, &letters.links) {
                letters
                    .templates
                    .check(folder, kind.template, &kind.values)?;
            }
        }
        Ok(letters)
    }

    /// The letter of an outbox job, with headers. Errors name no address.
    pub fn write(&self, id: JobId, mail: &Mail, at: Timestamp) -> Result<Message, BoxError> {
        let kind = Kind::of(mail, &self.links).ok_or("there is no letter for this kind of mail")?;
        let words = self.templates.words(kind.template, &kind.values)?;
        let to: Address = kind.to.parse().map_err(|_| "the recipient is no address")?;
        let since_epoch = at.since(Timestamp::from_micros(0));
        // The same boundary at each try: a letter that is sent again is the
        // same letter.
        let body = MultiPart::alternative()
            .boundary(id.to_string())
            .singlepart(plain(&words.text)?)
            .singlepart(html(words.html)?);
        let message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(words.subject)
            .date(UNIX_EPOCH + since_epoch)
            .message_id(Some(format!("<{id}@{}>", self.links.host)))
            .header(MIME_VERSION_1_0)
            .multipart(body)?;
        Ok(message)
    }
}

/// As it is, not folded as quoted-printable: a link stays whole, for people
/// who read the file and for programs that search it.
fn plain(text: &str) -> Result<SinglePart, BoxError> {
    if text.lines().any(|line| line.len() > LONGEST_LINE) {
        return Err("a line of the text is longer than 998 bytes".into());
    }
    let encoding = if text.is_ascii() {
        ContentTransferEncoding::SevenBit
    } else {
        ContentTransferEncoding::EightBit
    };
    let body = Body::dangerous_pre_encoded(text.replace('\n', "\r\n").into_bytes(), encoding);
    Ok(SinglePart::builder()
        .header(ContentType::TEXT_PLAIN)
        .body(body))
}

/// In base64, so that what searches the file finds each link once.
fn html(html: String) -> Result<SinglePart, BoxError> {
    let body = Body::new_with_encoding(html, ContentTransferEncoding::Base64)
        .map_err(|_| "the HTML cannot be encoded")?;
    Ok(SinglePart::builder()
        .header(ContentType::TEXT_HTML)
        .body(body))
}

#[cfg(test)]
#[path = "letter_tests.rs"]
mod tests;
