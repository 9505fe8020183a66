//! The account as it is kept. Times are UTC microseconds: the domain's own
//! `Serialize` of a time is for the wire, and cuts it to milliseconds.

use serde::{Deserialize, Serialize};
use vestibule_domain::avatars::AvatarKey;
use vestibule_domain::kernel::{StoreError, Timestamp, Version};
use vestibule_domain::preferences::{
    Country, CurrencyCode, DateFormat, ItemsPerPage, JobTitle, LanguageTag, LegalName,
    MaxMessageLength, MeasurementSystem, NotificationChannel, NotificationChannels, Preferences,
    PreferredName, Theme, TimeZone, ViewingPreference,
};
use vestibule_domain::users::{
    Account, Bio, CustomerStatus, EmailAddress, FeatureFlags, OtherId, PersonName, PhoneNumber,
    Username, Visibility,
};

use crate::table::Place;

/// The key has the id of the user.
#[derive(Serialize, Deserialize)]
pub(crate) struct AccountRow {
    username: String,
    email: String,
    email_verified: bool,
    first_name: String,
    last_name: String,
    phone_number: Option<String>,
    avatar: Option<String>,
    can_manage_api_environment: bool,
    is_admin: bool,
    suspended_at: Option<i64>,
    customer_status: String,
    default_visibility: String,
    bio: Option<String>,
    other_id: Option<String>,
    features: FeatureFlags,
    preferences: PreferencesRow,
    last_seen_at: Option<i64>,
    auth_epoch: i64,
    version: i64,
    created_at: i64,
    updated_at: i64,
}

#[derive(Serialize, Deserialize)]
struct PreferencesRow {
    preferred_name: Option<String>,
    legal_name: Option<String>,
    job_title: Option<String>,
    items_per_page: i64,
    channel_notifications_enabled: bool,
    timezone: String,
    measurement_system: String,
    date_format: String,
    currency_display: String,
    preferred_notification_channels: Vec<String>,
    theme: Option<String>,
    viewing_preference: Option<String>,
    max_message_length: i64,
    country: Option<String>,
    language: String,
}

impl AccountRow {
    pub(crate) fn new(account: &Account) -> Self {
        let Account {
            id: _,
            username,
            email,
            email_verified,
            first_name,
            last_name,
            phone_number,
            avatar,
            can_manage_api_environment,
            is_admin,
            suspended_at,
            customer_status,
            default_visibility,
            bio,
            other_id,
            features,
            preferences,
            // Follows from the stored addresses, and this store has none.
            has_primary_address: _,
            organization: _,
            last_seen_at,
            auth_epoch,
            version,
            created_at,
            updated_at,
        } = account;
        Self {
            username: username.to_string(),
            email: email.to_string(),
            email_verified: *email_verified,
            first_name: first_name.to_string(),
            last_name: last_name.to_string(),
            phone_number: text(phone_number.as_ref()),
            avatar: text(avatar.as_ref()),
            can_manage_api_environment: *can_manage_api_environment,
            is_admin: *is_admin,
            suspended_at: suspended_at.map(Timestamp::as_micros),
            customer_status: customer_status.to_string(),
            default_visibility: default_visibility.to_string(),
            bio: text(bio.as_ref()),
            other_id: text(other_id.as_ref()),
            features: features.clone(),
            preferences: PreferencesRow::new(preferences),
            last_seen_at: last_seen_at.map(Timestamp::as_micros),
            auth_epoch: *auth_epoch,
            version: version.0,
            created_at: created_at.as_micros(),
            updated_at: updated_at.as_micros(),
        }
    }

    pub(crate) fn into_account(self, at: Place<'_>) -> Result<Account, StoreError> {
        let Self {
            username,
            email,
            email_verified,
            first_name,
            last_name,
            phone_number,
            avatar,
            can_manage_api_environment,
            is_admin,
            suspended_at,
            customer_status,
            default_visibility,
            bio,
            other_id,
            features,
            preferences,
            last_seen_at,
            auth_epoch,
            version,
            created_at,
            updated_at,
        } = self;
        Ok(Account {
            id: at.id()?,
            username: at.parsed("username", Username::parse(&username))?,
            email: at.parsed("email", EmailAddress::parse(&email))?,
            email_verified,
            first_name: at.parsed("first_name", PersonName::parse(&first_name))?,
            last_name: at.parsed("last_name", PersonName::parse(&last_name))?,
            phone_number: at.optional(
                "phone_number",
                phone_number.as_deref(),
                PhoneNumber::parse,
            )?,
            avatar: at.optional("avatar", avatar.as_deref(), AvatarKey::parse)?,
            can_manage_api_environment,
            is_admin,
            suspended_at: suspended_at.map(Timestamp::from_micros),
            customer_status: at
                .parsed("customer_status", CustomerStatus::parse(&customer_status))?,
            default_visibility: at
                .parsed("default_visibility", Visibility::parse(&default_visibility))?,
            bio: at.optional("bio", bio.as_deref(), Bio::parse)?,
            other_id: at.optional("other_id", other_id.as_deref(), OtherId::parse)?,
            features,
            preferences: preferences.into_preferences(at)?,
            has_primary_address: false,
            organization: None,
            last_seen_at: last_seen_at.map(Timestamp::from_micros),
            auth_epoch,
            version: Version(version),
            created_at: Timestamp::from_micros(created_at),
            updated_at: Timestamp::from_micros(updated_at),
        })
    }
}

impl PreferencesRow {
    fn new(preferences: &Preferences) -> Self {
        let Preferences {
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
        } = preferences;
        let channels = preferred_notification_channels.as_slice();
        Self {
            preferred_name: text(preferred_name.as_ref()),
            legal_name: text(legal_name.as_ref()),
            job_title: text(job_title.as_ref()),
            items_per_page: items_per_page.get().into(),
            channel_notifications_enabled: *channel_notifications_enabled,
            timezone: timezone.to_string(),
            measurement_system: measurement_system.to_string(),
            date_format: date_format.to_string(),
            currency_display: currency_display.to_string(),
            preferred_notification_channels: channels.iter().map(ToString::to_string).collect(),
            theme: text(theme.as_ref()),
            viewing_preference: text(viewing_preference.as_ref()),
            max_message_length: max_message_length.get().into(),
            country: text(country.as_ref()),
            language: language.to_string(),
        }
    }

    fn into_preferences(self, at: Place<'_>) -> Result<Preferences, StoreError> {
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
        let channels: Result<Vec<_>, _> = preferred_notification_channels
            .iter()
            .map(|channel| NotificationChannel::parse(channel))
            .collect();
        let channels = channels.and_then(NotificationChannels::new);
        Ok(Preferences {
            preferred_name: at.optional(
                "preferred_name",
                preferred_name.as_deref(),
                PreferredName::parse,
            )?,
            legal_name: at.optional("legal_name", legal_name.as_deref(), LegalName::parse)?,
            job_title: at.optional("job_title", job_title.as_deref(), JobTitle::parse)?,
            items_per_page: at.parsed("items_per_page", ItemsPerPage::parse(items_per_page))?,
            channel_notifications_enabled,
            timezone: at.parsed("timezone", TimeZone::parse(&timezone))?,
            measurement_system: at.parsed(
                "measurement_system",
                MeasurementSystem::parse(&measurement_system),
            )?,
            date_format: at.parsed("date_format", DateFormat::parse(&date_format))?,
            currency_display: at
                .parsed("currency_display", CurrencyCode::parse(&currency_display))?,
            preferred_notification_channels: at
                .parsed("preferred_notification_channels", channels)?,
            theme: at.optional("theme", theme.as_deref(), Theme::parse)?,
            viewing_preference: at.optional(
                "viewing_preference",
                viewing_preference.as_deref(),
                ViewingPreference::parse,
            )?,
            max_message_length: at.parsed(
                "max_message_length",
                MaxMessageLength::parse(max_message_length),
            )?,
            country: at.optional("country", country.as_deref(), Country::parse)?,
            language: at.parsed("language", LanguageTag::parse(&language))?,
        })
    }
}

fn text(value: Option<&impl ToString>) -> Option<String> {
    value.map(ToString::to_string)
}
