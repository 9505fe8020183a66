use std::fmt;

use email_address::{EmailAddress as Rfc5321, Options};

use crate::kernel::{Invalid, trim};

/// An e-mail address: local part ASCII, domain as A-labels (RFC 5890).
///
/// Two addresses that differ in case only are the same address, by
/// [`EmailAddress::canonical`]; `==` compares the spelling too.
///
/// ```
/// use vestibule_domain::kernel::Invalid;
/// use vestibule_domain::users::EmailAddress;
///
/// let email = EmailAddress::parse("Ada@bücher.example")?;
/// assert_eq!(email.as_str(), "Ada@xn--bcher-kva.example");
/// assert_eq!(email.canonical(), "ada@xn--bcher-kva.example");
/// # Ok::<_, Invalid>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct EmailAddress(String);

impl EmailAddress {
    /// Reads an address of at most 254 characters (RFC 5321 section 4.5.3.1).
    ///
    /// Errors: `required`, `invalid_email`.
    pub fn parse(raw: &str) -> Result<Self, Invalid> {
        let raw = trim(raw);
        if raw.is_empty() {
            return Err(Invalid::new("required", "This field may not be blank."));
        }
        Self::parse_nonblank(raw).ok_or_else(|| {
            Invalid::new(
                "invalid_email",
                "Use an e-mail address, for example name@example.com.",
            )
        })
    }

    fn parse_nonblank(raw: &str) -> Option<Self> {
        if raw.len() > 1024 {
            return None;
        }
        let (local, domain) = raw.rsplit_once('@')?;
        let plain = |b: u8| {
            b.is_ascii_graphic()
                && !matches!(
                    b,
                    b'"' | b'('
                        | b')'
                        | b','
                        | b':'
                        | b';'
                        | b'<'
                        | b'>'
                        | b'['
                        | b'\\'
                        | b']'
                        | b'@'
                )
        };
        if !local.bytes().all(plain) {
            return None;
        }
        let domain = idna::domain_to_ascii_strict(domain).ok()?;
        // No top-level domain is a number (RFC 3696 section 2): this is an
        // IPv4 address.
        let (_, top_level) = domain.rsplit_once('.')?;
        if top_level.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let address = format!("{local}@{domain}");
        let options = Options::default()
            .with_required_tld()
            .without_domain_literal()
            .without_display_text();
        (address.len() <= 254 && Rfc5321::parse_with_options(&address, options).is_ok())
            .then_some(Self(address))
    }

    /// As the user spelled the local part; the domain in lower-case A-labels.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// In lower case: what is unique and looked up.
    pub fn canonical(&self) -> String {
        self.0.to_ascii_lowercase()
    }

    /// The part before the `@`.
    pub fn local_part(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(local, _)| local)
    }
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
