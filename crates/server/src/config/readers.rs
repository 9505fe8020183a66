//! How settings are read: everything also from text, since the environment has
//! no types, and a list also from a text with commas.

use std::fmt;
use std::marker::PhantomData;
use std::net::SocketAddr;
use std::str::FromStr;

use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use tracing::level_filters::LevelFilter;
use vestibule_domain::eligibility::Rules;

use super::values::{Algorithm, LogFormat, ProxyHeader};

/// Reads a value from its text, which must not be empty.
pub(super) fn parsed<'de, D, T>(input: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err: fmt::Display>,
{
    optional(input)?.ok_or_else(|| Error::custom("must not be empty"))
}

/// Reads a value from its text; `None` from an empty one.
pub(super) fn optional<'de, D, T>(input: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err: fmt::Display>,
{
    let text = String::deserialize(input)?;
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(Error::custom)
}

/// Reads a whole number within limits.
pub(super) fn between<'de, D, const MIN: u32, const MAX: u32>(input: D) -> Result<u32, D::Error>
where
    D: Deserializer<'de>,
{
    struct Number<const MIN: u32, const MAX: u32>;

    impl<const MIN: u32, const MAX: u32> Number<MIN, MAX> {
        fn check<E: Error>(number: Option<u32>) -> Result<u32, E> {
            number
                .filter(|number| (MIN..=MAX).contains(number))
                .ok_or_else(|| E::custom(format!("use a whole number from {MIN} to {MAX}")))
        }
    }

    impl<const MIN: u32, const MAX: u32> Visitor<'_> for Number<MIN, MAX> {
        type Value = u32;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "a whole number from {MIN} to {MAX}")
        }

        fn visit_i64<E: Error>(self, number: i64) -> Result<u32, E> {
            Self::check(u32::try_from(number).ok())
        }

        fn visit_u64<E: Error>(self, number: u64) -> Result<u32, E> {
            Self::check(u32::try_from(number).ok())
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<u32, E> {
            Self::check(text.trim().parse().ok())
        }
    }

    input.deserialize_any(Number::<MIN, MAX>)
}

/// Reads one of the names; case counts.
pub(super) fn one_of<'de, D, T>(input: D, choices: &[(&str, T)]) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Copy,
{
    let text = String::deserialize(input)?;
    choices
        .iter()
        .find(|(name, _)| *name == text)
        .map(|(_, value)| *value)
        .ok_or_else(|| {
            let names: Vec<_> = choices.iter().map(|(name, _)| *name).collect();
            Error::custom(format!("use one of {}", names.join(", ")))
        })
}

/// Reads a list, or a text with commas, of which empty parts do not count.
pub(super) fn list<'de, D, T>(input: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err: fmt::Display>,
{
    struct List<T>(PhantomData<T>);

    impl<'de, T: FromStr<Err: fmt::Display>> Visitor<'de> for List<T> {
        type Value = Vec<T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list, or a text with commas")
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<Vec<T>, E> {
            text.split(',')
                .map(str::trim)
                .filter(|part| !part.is_empty())
                .map(|part| part.parse().map_err(E::custom))
                .collect()
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<Vec<T>, A::Error> {
            let mut values = Vec::new();
            while let Some(part) = parts.next_element::<String>()? {
                values.push(part.trim().parse().map_err(A::Error::custom)?);
            }
            Ok(values)
        }
    }

    input.deserialize_any(List(PhantomData))
}

/// Reads an address with a port.
pub(super) fn listen<'de, D: Deserializer<'de>>(input: D) -> Result<SocketAddr, D::Error> {
    let text = String::deserialize(input)?;
    text.parse()
        .map_err(|_| Error::custom("use an IP address and a port, for example 127.0.0.1:8080"))
}

/// Reads `log.format`.
pub(super) fn log_format<'de, D: Deserializer<'de>>(input: D) -> Result<LogFormat, D::Error> {
    one_of(
        input,
        &[("json", LogFormat::Json), ("text", LogFormat::Text)],
    )
}

/// Reads `log.level`.
pub(super) fn log_level<'de, D: Deserializer<'de>>(input: D) -> Result<LevelFilter, D::Error> {
    one_of(
        input,
        &[
            ("off", LevelFilter::OFF),
            ("error", LevelFilter::ERROR),
            ("warn", LevelFilter::WARN),
            ("info", LevelFilter::INFO),
            ("debug", LevelFilter::DEBUG),
            ("trace", LevelFilter::TRACE),
        ],
    )
}

/// Reads `server.forwarded_header`.
pub(super) fn proxy_header<'de, D: Deserializer<'de>>(input: D) -> Result<ProxyHeader, D::Error> {
    one_of(
        input,
        &[
            ("x-forwarded-for", ProxyHeader::XForwardedFor),
            ("forwarded", ProxyHeader::Forwarded),
        ],
    )
}

/// Reads `tokens.algorithm`.
pub(super) fn algorithm<'de, D: Deserializer<'de>>(input: D) -> Result<Algorithm, D::Error> {
    one_of(
        input,
        &[("eddsa", Algorithm::EdDsa), ("hs256", Algorithm::Hs256)],
    )
}

/// Reads a list of names of eligibility rules.
pub(super) fn rules<'de, D: Deserializer<'de>>(input: D) -> Result<Rules, D::Error> {
    let names: Vec<String> = list(input)?;
    Rules::parse(names.iter().map(String::as_str)).map_err(Error::custom)
}
