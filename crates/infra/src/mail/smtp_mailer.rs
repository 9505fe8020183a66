//! Letters to a mail server.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use lettre::transport::smtp::{self, PoolConfig};
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};
use thiserror::Error;
use tokio::time::timeout;
use url::Url;
use vestibule_domain::kernel::{Clock, JobId};
use vestibule_domain::outbox::{Mail, MailError, Mailer};

use super::Letters;

/// Connecting, and each answer of the server, may take this long.
const STEP_TIMEOUT: Duration = Duration::from_secs(10);
/// One letter may take this long, far less than the outbox's claim.
const LETTER_TIMEOUT: Duration = Duration::from_secs(20);
/// Connections, which are kept open this long after a letter.
const CONNECTIONS: u32 = 2;
const IDLE: Duration = Duration::from_secs(30);

/// Where the mail server is and how it is spoken to. Holds a password, and is
/// redacted in `Debug`.
///
/// - `smtp://host:port` in the clear, for a relay on the same machine;
/// - `smtp+starttls://host:port` or `smtp://host:port?tls=required`: STARTTLS,
///   or nothing is sent; port 587;
/// - `smtps://host:port`: TLS from the start; port 465.
///
/// With `user:password@` before the host it logs in (percent-encoded).
#[derive(Clone)]
pub struct SmtpUrl(String);

/// Not the URL of a mail server.
#[derive(Debug, Error)]
#[error(
    "use smtp://, smtp+starttls:// or smtps:// with user:password@host:port, for example smtps://user:password@mail.example.com"
)]
pub struct SmtpUrlError;

impl FromStr for SmtpUrl {
    type Err = SmtpUrlError;

    fn from_str(text: &str) -> Result<Self, SmtpUrlError> {
        let (text, starttls) = match text.strip_prefix("smtp+starttls://") {
            Some(rest) => (format!("smtp://{rest}"), true),
            None => (text.to_owned(), false),
        };
        let mut url = Url::parse(&text).map_err(|_| SmtpUrlError)?;
        let tls = match url.query() {
            None => starttls,
            Some("tls=required") if url.scheme() == "smtp" => true,
            Some(_) => return Err(SmtpUrlError),
        };
        let plain = matches!(url.path(), "" | "/") && url.fragment().is_none();
        let half = url.username().is_empty() != url.password().is_none();
        if !matches!(url.scheme(), "smtp" | "smtps")
            || url.host_str().is_none_or(str::is_empty)
            || !plain
            || half
        {
            return Err(SmtpUrlError);
        }
        url.set_query(tls.then_some("tls=required"));
        Ok(Self(url.to_string()))
    }
}

impl fmt::Debug for SmtpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SmtpUrl(…)")
    }
}

/// The mail server cannot be spoken to as configured.
#[derive(Debug, Error)]
#[error("the mail server cannot be used: {0}")]
pub struct SmtpSetupError(String);

/// The domain's `Mailer`: hands each letter to a mail server, over connections
/// that it keeps.
pub struct SmtpMailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    letters: Letters,
    clock: Arc<dyn Clock>,
}

impl SmtpMailer {
    /// Sends by the server at `url`. Certificates are checked against those of
    /// the system (`SSL_CERT_FILE`, `SSL_CERT_DIR`). Connects when there is
    /// something to send.
    pub fn new(
        url: &SmtpUrl,
        letters: Letters,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, SmtpSetupError> {
        let pool = PoolConfig::new().max_size(CONNECTIONS).idle_timeout(IDLE);
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(&url.0)
            .map_err(|error| SmtpSetupError(error.to_string()))?
            .timeout(Some(STEP_TIMEOUT))
            .pool_config(pool)
            .build();
        Ok(Self {
            transport,
            letters,
            clock,
        })
    }
}

#[async_trait]
impl Mailer for SmtpMailer {
    async fn send(&self, id: JobId, mail: &Mail) -> Result<(), MailError> {
        let letter = self.letters.write(id, mail, self.clock.now());
        let letter = letter.map_err(MailError::Failed)?;
        let sent = timeout(LETTER_TIMEOUT, self.transport.send(letter)).await;
        let (why, refused) = match sent {
            Ok(Ok(_)) => return Ok(()),
            Ok(Err(error)) => (in_words(&error), is_refusal(&error)),
            Err(_) => ("the mail server took too long".to_owned(), false),
        };
        tracing::warn!(job = %id, why, refused, "letter not sent");
        Err(if refused {
            MailError::Refused(why.into())
        } else {
            MailError::failed(why)
        })
    }
}

/// Whether the server will not take mail for this recipient, by the codes that
/// RFC 5321 section 4.2.3 has for that. Others, such as a failed login, speak
/// of the way there.
fn is_refusal(error: &smtp::Error) -> bool {
    let code = error.status().map(u16::from);
    matches!(code, Some(550 | 551 | 552 | 553 | 556))
}

/// What the server says about a letter may hold the recipient's address, which
/// is nothing for logs.
fn in_words(error: &smtp::Error) -> String {
    match error.status() {
        Some(code) => format!("the mail server answered {code}"),
        None if error.is_response() => "the mail server's answer made no sense".to_owned(),
        None => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_of_mail_servers_are_read() {
        for (text, read) in [
            ("smtp://127.0.0.1:2525", "smtp://127.0.0.1:2525"),
            ("smtp://mail.example.com/", "smtp://mail.example.com/"),
            (
                "smtps://u:p%40@mail.example.com",
                "smtps://u:p%40@mail.example.com",
            ),
            ("smtp+starttls://u:p@h:587", "smtp://u:p@h:587?tls=required"),
            ("smtp://u:p@h?tls=required", "smtp://u:p@h?tls=required"),
        ] {
            let SmtpUrl(url) = text.parse().expect(text);
            assert_eq!(url, read);
        }
    }

    #[test]
    fn what_is_no_url_of_a_mail_server_is_refused() {
        for text in [
            "",
            "mail.example.com",
            "mail.example.com:25",
            "http://mail.example.com",
            "smtp://",
            "smtp://h/path",
            "smtp://h#x",
            "smtp://h?tls=opportunistic",
            "smtps://h?tls=required",
            "smtp://user@h",
            "smtp://:password@h",
        ] {
            assert!(text.parse::<SmtpUrl>().is_err(), "{text}");
        }
    }

    #[test]
    fn debug_shows_no_password() {
        let url: SmtpUrl = "smtps://user:secret@h".parse().expect("a URL");
        assert_eq!(format!("{url:?}"), "SmtpUrl(…)");
    }
}
