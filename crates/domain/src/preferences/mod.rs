//! How a user wants to see the product, and to be reached.

mod locale;
mod model;

pub use locale::{Country, CurrencyCode, LanguageTag, TimeZone};
pub use model::{
    DateFormat, ItemsPerPage, JobTitle, LegalName, MaxMessageLength, MeasurementSystem,
    NotificationChannel, NotificationChannels, PreferenceChanges, Preferences, PreferredName,
    Theme, ViewingPreference,
};
