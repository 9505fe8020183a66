//! Field changes of an account as the columns that one UPDATE sets.

use diesel::prelude::*;
use vestibule_domain::kernel::{Patch, Timestamp};
use vestibule_domain::preferences::{DateFormat, MeasurementSystem, PreferenceChanges};
use vestibule_domain::users::{CustomerStatus, UserChanges, Visibility};

use super::account::{channels_text, json_text};
use super::schema::users;

/// Per column: `None` leaves it, `Some(None)` clears it.
#[derive(AsChangeset)]
#[diesel(table_name = users)]
#[expect(clippy::option_option, reason = "the shape of diesel's changesets")]
pub(super) struct UserChangeset {
    first_name: Option<String>,
    last_name: Option<String>,
    phone_number: Option<Option<String>>,
    bio: Option<Option<String>>,
    default_visibility: Option<&'static str>,
    can_manage_api_environment: Option<bool>,
    is_admin: Option<bool>,
    other_id: Option<Option<String>>,
    customer_status: Option<&'static str>,
    features: Option<String>,
    suspended_at: Option<Option<i64>>,
    avatar: Option<Option<String>>,
    preferred_name: Option<Option<String>>,
    legal_name: Option<Option<String>>,
    job_title: Option<Option<String>>,
    items_per_page: Option<i32>,
    channel_notifications_enabled: Option<bool>,
    timezone: Option<String>,
    measurement_system: Option<&'static str>,
    date_format: Option<&'static str>,
    currency_display: Option<String>,
    preferred_notification_channels: Option<String>,
    theme: Option<Option<String>>,
    viewing_preference: Option<Option<String>>,
    max_message_length: Option<i32>,
    country: Option<Option<String>>,
    language: Option<String>,
}

impl UserChangeset {
    pub(super) fn new(changes: &UserChanges) -> Self {
        let UserChanges {
            first_name,
            last_name,
            phone_number,
            bio,
            default_visibility,
            preferences,
            can_manage_api_environment,
            is_admin,
            other_id,
            customer_status,
            features,
            suspended_at,
            avatar,
        } = changes;
        let PreferenceChanges {
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
        Self {
            first_name: first_name.as_ref().map(ToString::to_string),
            last_name: last_name.as_ref().map(ToString::to_string),
            phone_number: text(phone_number),
            bio: text(bio),
            default_visibility: default_visibility.map(Visibility::as_str),
            can_manage_api_environment: *can_manage_api_environment,
            is_admin: *is_admin,
            other_id: text(other_id),
            avatar: text(avatar),
            customer_status: customer_status.map(CustomerStatus::as_str),
            features: features.as_ref().map(json_text),
            suspended_at: suspended_at
                .as_change()
                .map(|at| at.copied().map(Timestamp::as_micros)),
            preferred_name: text(preferred_name),
            legal_name: text(legal_name),
            job_title: text(job_title),
            items_per_page: items_per_page.map(|v| v.get().into()),
            channel_notifications_enabled: *channel_notifications_enabled,
            timezone: timezone.as_ref().map(ToString::to_string),
            measurement_system: measurement_system.map(MeasurementSystem::as_str),
            date_format: date_format.map(DateFormat::as_str),
            currency_display: currency_display.as_ref().map(ToString::to_string),
            preferred_notification_channels: preferred_notification_channels
                .as_ref()
                .map(channels_text),
            theme: text(theme),
            viewing_preference: text(viewing_preference),
            max_message_length: max_message_length.map(|v| v.get().into()),
            country: text(country),
            language: language.as_ref().map(ToString::to_string),
        }
    }
}

/// A change of a text column that may be cleared.
#[expect(clippy::option_option, reason = "the shape of diesel's changesets")]
pub(super) fn text<T: ToString>(patch: &Patch<T>) -> Option<Option<String>> {
    patch
        .as_change()
        .map(|value| value.map(ToString::to_string))
}
