//! What clients offer to choose from: languages, currencies and time zones,
//! by code and name.
//!
//! ```
//! use vestibule_domain::local_info::LocalInfo;
//!
//! let info = LocalInfo::all();
//! let swiss = info.currencies.iter().find(|choice| choice.key == "CHF");
//! assert_eq!(swiss.expect("an active currency").name, "Swiss franc");
//! ```

use crate::preferences::{CurrencyCode, LanguageTag, TimeZone};

/// One value that may be chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The value itself: `en`, `USD`, `America/New_York`.
    pub key: String,
    /// What people read: `English`, `United States dollar`, `America/New York`.
    pub name: String,
}

/// Everything that may be chosen, each list sorted by key, without repeats.
/// The preferences accept every key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalInfo {
    /// The languages of ISO 639-1 by their two-letter codes, named in English.
    pub languages: Vec<Choice>,
    /// The active currencies of ISO 4217, named in English.
    pub currencies: Vec<Choice>,
    /// Every name of the IANA database that [`TimeZone::parse`] accepts.
    pub timezones: Vec<Choice>,
}

impl LocalInfo {
    /// The lists. They change with a release only: keep them.
    pub fn all() -> Self {
        let languages = LanguageTag::two_letter().into_iter();
        let currencies = CurrencyCode::all().into_iter();
        let timezones = TimeZone::all().into_iter();
        Self {
            languages: languages
                .map(|(language, name)| choice(language.as_str(), name))
                .collect(),
            currencies: currencies
                .map(|currency| choice(currency.as_str(), currency.name()))
                .collect(),
            timezones: timezones
                .map(|zone| choice(zone.as_str(), zone.name()))
                .collect(),
        }
    }
}

fn choice(key: &str, name: impl Into<String>) -> Choice {
    Choice {
        key: key.to_owned(),
        name: name.into(),
    }
}
