//! How a user wants to see the product, and to be reached.
//!
//! ```
//! use vestibule_domain::kernel::Invalid;
//! use vestibule_domain::preferences::{ItemsPerPage, PreferenceChanges, Preferences, TimeZone};
//!
//! let mut preferences = Preferences::default();
//! let changes = PreferenceChanges {
//!     timezone: Some(TimeZone::parse("Europe/London")?),
//!     ..PreferenceChanges::default()
//! };
//! changes.apply(&mut preferences);
//! assert_eq!(preferences.timezone.as_str(), "Europe/London");
//! assert_eq!(preferences.items_per_page.get(), 25);
//! assert_eq!(ItemsPerPage::parse(1000).expect_err("too many").code, "out_of_range");
//! # Ok::<_, Invalid>(())
//! ```

mod locale;
mod model;

pub use locale::{Country, CurrencyCode, LanguageTag, TimeZone};
pub use model::{
    DateFormat, ItemsPerPage, JobTitle, LegalName, MaxMessageLength, MeasurementSystem,
    NotificationChannel, NotificationChannels, PreferenceChanges, Preferences, PreferredName,
    Theme, ViewingPreference,
};
