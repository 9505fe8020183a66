//! The types of settings that are more than a number or a switch. Each is read
//! from its text.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::str::FromStr;

use actix_web::http::Uri;
use ipnet::IpNet;
use secrecy::{ExposeSecret, SecretString};
use vestibule_infra::database::{Location, PostgresUrl};

/// Why a text is not a value of a setting: a sentence that says what would be
/// right. Never holds the value, which may be secret.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Refused(&'static str);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LogFormat {
    /// One JSON object a line.
    Json,
    /// Text for people.
    Text,
}

/// How access tokens are signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Algorithm {
    /// Ed25519, with the key of the secrets file.
    EdDsa,
    /// HMAC-SHA-256, with a configured secret.
    Hs256,
}

/// Where the database is.
#[derive(Debug, Clone)]
pub(crate) struct DatabaseUrl(Location);

impl DatabaseUrl {
    /// The place.
    pub(crate) fn location(&self) -> &Location {
        &self.0
    }
}

impl FromStr for DatabaseUrl {
    type Err = Refused;

    fn from_str(text: &str) -> Result<Self, Refused> {
        if let Some(url) = PostgresUrl::parse(text) {
            return Ok(Self(Location::Postgres(url)));
        }
        let scheme = text.split_once(':').map_or("", |(scheme, _)| scheme);
        let path = match scheme {
            "postgres" | "postgresql" => {
                return Err(Refused("use postgres://user:password@host:port/database"));
            }
            "sqlite" => {
                let rest = &text["sqlite:".len()..];
                rest.strip_prefix("//").unwrap_or(rest)
            }
            _ if text.contains("://") => {
                return Err(Refused(
                    "use a path, sqlite: and a path, or postgres://user:password@host:port/database",
                ));
            }
            _ => text,
        };
        if path.is_empty() || path == ":memory:" || path.contains('?') {
            return Err(Refused(
                "use the path of a file, for example sqlite:/var/lib/vestibule/vestibule.db",
            ));
        }
        Ok(Self(Location::File(PathBuf::from(path))))
    }
}

/// An absolute `http` or `https` URL without a slash at its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PublicUrl(String);

impl PublicUrl {
    /// The URL.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for PublicUrl {
    type Err = Refused;

    fn from_str(text: &str) -> Result<Self, Refused> {
        let uri = Uri::from_str(text)
            .ok()
            .filter(|uri| is_web_url(uri) && uri.query().is_none() && !text.contains('#'))
            .ok_or(Refused(
                "use an http or https URL, for example https://accounts.example.com",
            ))?;
        let base = uri.to_string();
        Ok(Self(base.trim_end_matches('/').to_owned()))
    }
}

fn is_web_url(uri: &Uri) -> bool {
    let plain = uri.authority().is_some_and(|a| !a.as_str().contains('@'));
    plain && matches!(uri.scheme_str(), Some("http" | "https"))
}

/// Where media are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum StorageUrl {
    /// A folder.
    Folder(PathBuf),
    /// A bucket that speaks the protocol of S3.
    S3 {
        /// Its name.
        bucket: String,
        /// What the names of all objects start with; may be empty.
        prefix: String,
    },
}

impl FromStr for StorageUrl {
    type Err = Refused;

    fn from_str(text: &str) -> Result<Self, Refused> {
        let refused = Err(Refused(
            "use the path of a folder, or s3://bucket or s3://bucket/prefix",
        ));
        let Some((scheme, rest)) = text.split_once("://") else {
            return Ok(Self::Folder(PathBuf::from(text)));
        };
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let plain = |text: &str| {
            text.bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"-_./".contains(&b))
        };
        if scheme != "s3" || bucket.is_empty() || !plain(rest) {
            return refused;
        }
        Ok(Self::S3 {
            bucket: bucket.to_owned(),
            prefix: prefix.trim_matches('/').to_owned(),
        })
    }
}

/// A secret of another service. Redacted in `Debug`.
#[derive(Debug, Clone)]
pub(crate) struct AccessSecret(SecretString);

impl AccessSecret {
    /// The secret itself.
    pub(crate) fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl FromStr for AccessSecret {
    type Err = Refused;

    fn from_str(text: &str) -> Result<Self, Refused> {
        Ok(Self(SecretString::from(text.to_owned())))
    }
}

/// A path that is added to the public URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UrlPath(String);

impl UrlPath {
    /// A path that is known to be right.
    pub(super) fn constant(path: &'static str) -> Self {
        Self(path.to_owned())
    }

    /// The path.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for UrlPath {
    type Err = Refused;

    fn from_str(text: &str) -> Result<Self, Refused> {
        let plain = |b: u8| b.is_ascii_graphic() && !matches!(b, b'?' | b'"' | b'<' | b'>');
        if text.starts_with('/') && text.bytes().all(plain) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Refused(
                "use a path without a query, for example /verify-email",
            ))
        }
    }
}

/// A path that others are put below: no slash at its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UrlPrefix(String);

impl UrlPrefix {
    /// The path.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for UrlPrefix {
    type Err = Refused;

    fn from_str(text: &str) -> Result<Self, Refused> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
        let segments = text.strip_prefix('/').map(|rest| rest.split('/'));
        if segments.is_some_and(|mut all| {
            all.all(|segment| !segment.is_empty() && segment.bytes().all(plain))
        }) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Refused(
                "use a path of letters, digits, - _ . without a slash at its end, for example /compat",
            ))
        }
    }
}

/// An address, or a network of addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct IpRange(IpNet);

impl IpRange {
    /// The network.
    pub(crate) const fn network(&self) -> IpNet {
        self.0
    }

    /// Whether the address is one of them.
    pub(crate) fn contains(&self, address: IpAddr) -> bool {
        self.0.contains(&address)
    }
}

impl FromStr for IpRange {
    type Err = Refused;

    fn from_str(text: &str) -> Result<Self, Refused> {
        text.parse()
            .or_else(|_| text.parse::<IpAddr>().map(IpNet::from))
            .map(Self)
            .map_err(|_| {
                Refused("use IP addresses and networks, for example 10.1.2.3 or 10.0.0.0/8")
            })
    }
}

/// A secret that others chose. Redacted in `Debug`.
#[derive(Debug, Clone)]
pub(crate) struct PlainSecret(SecretString);

impl PlainSecret {
    /// The secret itself.
    pub(crate) fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl FromStr for PlainSecret {
    type Err = Refused;

    fn from_str(text: &str) -> Result<Self, Refused> {
        Ok(Self(SecretString::from(text)))
    }
}

/// The header in which proxies say whom they speak for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ProxyHeader {
    /// `X-Forwarded-For`.
    XForwardedFor,
    /// `Forwarded`.
    Forwarded,
}

/// A secret of at least 32 bytes. Redacted in `Debug`.
#[derive(Debug, Clone)]
pub(crate) struct HmacSecret(SecretString);

impl HmacSecret {
    /// The secret itself.
    pub(crate) fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl FromStr for HmacSecret {
    type Err = Refused;

    fn from_str(text: &str) -> Result<Self, Refused> {
        if text.len() < 32 {
            return Err(Refused("use a random secret of at least 32 bytes"));
        }
        Ok(Self(SecretString::from(text)))
    }
}
