use crate::kernel::{Invalid, Patch, set};

use super::locale::{Country, CurrencyCode, LanguageTag, TimeZone, repeats};

text_type! {
    /// How the user wants to be called, 1–255 code points.
    PreferredName, 1..=255, No
}
text_type! {
    /// The name on official papers, 1–255 code points.
    LegalName, 1..=255, No
}
text_type! {
    /// What the user does for a living, 1–255 code points.
    JobTitle, 1..=255, No
}
text_type! {
    /// Name of a view that the product knows, 1–50 code points.
    ViewingPreference, 1..=50, No
}
text_type! {
    /// Name of a colour theme that the product knows, 1–50 code points.
    Theme, 1..=50, No
}

macro_rules! bounded {
    ($(#[$doc:meta])* $name:ident($int:ty), $min:literal..=$max:literal, default $default:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name($int);

        impl $name {
            /// The value of a new account.
            pub const DEFAULT: Self = Self($default);
            /// The smallest value.
            pub const MIN: i64 = $min;
            /// The largest value.
            pub const MAX: i64 = $max;

            /// A value within the limits (`out_of_range` otherwise).
            pub fn parse(value: i64) -> Result<Self, Invalid> {
                <$int>::try_from(value)
                    .ok()
                    .filter(|_| (Self::MIN..=Self::MAX).contains(&value))
                    .map(Self)
                    .ok_or_else(|| Invalid::new(
                        "out_of_range",
                        concat!("Use a whole number from ", stringify!($min), " to ", stringify!($max), "."),
                    ))
            }

            /// The number.
            pub const fn get(self) -> $int {
                self.0
            }
        }
    };
}

bounded! {
    /// Rows per page of the user's lists: 5–200.
    ItemsPerPage(u16), 5..=200, default 25
}
bounded! {
    /// The longest message that the user writes, in code points: 1–10 000.
    MaxMessageLength(u16), 1..=10000, default 1000
}

choice! {
    /// Units of measurement.
    MeasurementSystem {
        /// Inches, pounds.
        Imperial = "imperial",
        /// Metres, kilograms.
        Metric = "metric",
    }
}
choice! {
    /// Order of a date's parts.
    DateFormat {
        /// Month, day, year.
        Mdy = "mdy",
        /// Day, month, year.
        Dmy = "dmy",
        /// Year, month, day (ISO 8601).
        Ymd = "ymd",
    }
}
choice! {
    /// A way to reach the user.
    NotificationChannel {
        /// By mail.
        Email = "email",
        /// By push notification.
        Push = "push",
        /// Inside the product.
        InApp = "in_app",
    }
}

/// Channels in the user's order, each at most once; may be empty.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct NotificationChannels(Vec<NotificationChannel>);

impl NotificationChannels {
    /// Channels without repeats (`duplicate` otherwise).
    pub fn new(channels: Vec<NotificationChannel>) -> Result<Self, Invalid> {
        if repeats(channels.iter()) {
            Err(Invalid::new("duplicate", "Name each channel at most once."))
        } else {
            Ok(Self(channels))
        }
    }

    /// The channels, in the user's order.
    pub fn as_slice(&self) -> &[NotificationChannel] {
        &self.0
    }
}

/// All preferences of one account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preferences {
    /// How to call the user.
    pub preferred_name: Option<PreferredName>,
    /// The name on official papers.
    pub legal_name: Option<LegalName>,
    /// What the user does.
    pub job_title: Option<JobTitle>,
    /// Default page size of the user's lists.
    pub items_per_page: ItemsPerPage,
    /// Whether channel notifications are sent at all.
    pub channel_notifications_enabled: bool,
    /// Time zone for shown times.
    pub timezone: TimeZone,
    /// Units of measurement.
    pub measurement_system: MeasurementSystem,
    /// Order of a date's parts.
    pub date_format: DateFormat,
    /// Currency of shown amounts.
    pub currency_display: CurrencyCode,
    /// Ways to reach the user.
    pub preferred_notification_channels: NotificationChannels,
    /// Colour theme.
    pub theme: Option<Theme>,
    /// Chosen view.
    pub viewing_preference: Option<ViewingPreference>,
    /// The longest message that the user writes, in code points.
    pub max_message_length: MaxMessageLength,
    /// Country.
    pub country: Option<Country>,
    /// Language.
    pub language: LanguageTag,
}

impl Default for Preferences {
    /// The preferences of a new account (CONTRACTS.md section 2).
    fn default() -> Self {
        Self {
            preferred_name: None,
            legal_name: None,
            job_title: None,
            items_per_page: ItemsPerPage::DEFAULT,
            channel_notifications_enabled: true,
            timezone: TimeZone::UTC,
            measurement_system: MeasurementSystem::Metric,
            date_format: DateFormat::Ymd,
            currency_display: CurrencyCode::USD,
            preferred_notification_channels: NotificationChannels(vec![NotificationChannel::Email]),
            theme: None,
            viewing_preference: None,
            max_message_length: MaxMessageLength::DEFAULT,
            country: None,
            language: LanguageTag::english(),
        }
    }
}

/// Changes to preferences: only what is given is set.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PreferenceChanges {
    /// How to call the user.
    pub preferred_name: Patch<PreferredName>,
    /// The name on official papers.
    pub legal_name: Patch<LegalName>,
    /// What the user does.
    pub job_title: Patch<JobTitle>,
    /// Default page size of the user's lists.
    pub items_per_page: Option<ItemsPerPage>,
    /// Whether channel notifications are sent at all.
    pub channel_notifications_enabled: Option<bool>,
    /// Time zone for shown times.
    pub timezone: Option<TimeZone>,
    /// Units of measurement.
    pub measurement_system: Option<MeasurementSystem>,
    /// Order of a date's parts.
    pub date_format: Option<DateFormat>,
    /// Currency of shown amounts.
    pub currency_display: Option<CurrencyCode>,
    /// Ways to reach the user.
    pub preferred_notification_channels: Option<NotificationChannels>,
    /// Colour theme.
    pub theme: Patch<Theme>,
    /// Chosen view.
    pub viewing_preference: Patch<ViewingPreference>,
    /// The longest message that the user writes, in code points.
    pub max_message_length: Option<MaxMessageLength>,
    /// Country.
    pub country: Patch<Country>,
    /// Language.
    pub language: Option<LanguageTag>,
}

impl PreferenceChanges {
    /// Applies the changes to `target`.
    pub fn apply(self, target: &mut Preferences) {
        let Self {
            preferred_name,
            legal_name,
            job_title,
            items_per_page,
            channel_notifications_enabled,
            timezone,
            measurement_system,
            date_format,
            currency_display,
            preferred_notification_channels,
            theme,
            viewing_preference,
            max_message_length,
            country,
            language,
        } = self;
        preferred_name.apply(&mut target.preferred_name);
        legal_name.apply(&mut target.legal_name);
        job_title.apply(&mut target.job_title);
        set(&mut target.items_per_page, items_per_page);
        set(
            &mut target.channel_notifications_enabled,
            channel_notifications_enabled,
        );
        set(&mut target.timezone, timezone);
        set(&mut target.measurement_system, measurement_system);
        set(&mut target.date_format, date_format);
        set(&mut target.currency_display, currency_display);
        set(
            &mut target.preferred_notification_channels,
            preferred_notification_channels,
        );
        theme.apply(&mut target.theme);
        viewing_preference.apply(&mut target.viewing_preference);
        set(&mut target.max_message_length, max_message_length);
        country.apply(&mut target.country);
        set(&mut target.language, language);
    }
}
