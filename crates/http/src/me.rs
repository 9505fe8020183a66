//! The me object, and the cache of its rendered forms.

use std::sync::Arc;

use serde::Serialize;
use utoipa::ToSchema;
use vestibule_domain::app::App;
use vestibule_domain::eligibility::{Block, Verdict};
use vestibule_domain::kernel::{OrganizationId, Timestamp, UserId};
use vestibule_domain::organizations;
use vestibule_domain::preferences::{
    Country, JobTitle, LegalName, NotificationChannel, Preferences, PreferredName, Theme,
    ViewingPreference,
};
use vestibule_domain::users::{Account, Bio, PhoneNumber};

use crate::answer::Representation;
use crate::rendered::Rendered;

/// The signed-in user: the documented fields in the documented order, then
/// the additions.
#[derive(Serialize, ToSchema)]
pub(crate) struct Me<'a> {
    /// User identifier.
    #[schema(value_type = String, example = "usr_01jabcdefghjkmnpqrstvwxyz0")]
    uid: UserId,
    /// Username.
    username: &'a str,
    /// Email address.
    #[schema(format = Email)]
    email: &'a str,
    /// First name.
    first_name: &'a str,
    /// Last name.
    last_name: &'a str,
    /// Phone number in E.164, or null.
    #[schema(required)]
    phone_number: Option<&'a str>,
    /// Whether email is verified.
    email_verified: bool,
    /// API management permissions.
    can_manage_api_environment: bool,
    /// Preferences.
    preferences: PreferencesObject<'a>,
    /// The user's default organization, or null.
    #[schema(required)]
    organization: Option<OrganizationSummary<'a>>,
    /// Whether the user can list items.
    listing_eligibility: ListingEligibility,
    /// Picture of the user, or null.
    #[schema(required, format = "uri")]
    avatar_url: Option<String>,
    /// What the user tells about themselves.
    #[schema(required)]
    bio: Option<&'a str>,
    /// What the user pays for.
    #[schema(pattern = "^(free|subscriber|subscriber:monthly|subscriber:annual)$")]
    customer_status: &'a str,
    /// Who sees the user's messages unless said otherwise.
    #[schema(pattern = "^(public|private)$")]
    default_visibility: &'a str,
    /// When the account was made.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When the account last changed.
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
}

/// Preferences, in the documented order, then the additions.
#[derive(Serialize, ToSchema)]
#[schema(as = Preferences)]
pub(crate) struct PreferencesObject<'a> {
    /// Display name.
    #[schema(required)]
    preferred_name: Option<&'a str>,
    /// Legal name.
    #[schema(required)]
    legal_name: Option<&'a str>,
    /// Job title.
    #[schema(required)]
    job_title: Option<&'a str>,
    /// Pagination size.
    #[schema(minimum = 5, maximum = 200)]
    items_per_page: u16,
    /// Whether channel notifications are sent.
    channel_notifications_enabled: bool,
    /// IANA time zone.
    timezone: &'a str,
    /// imperial or metric.
    #[schema(pattern = "^(imperial|metric)$")]
    measurement_system: &'a str,
    /// mdy, dmy or ymd.
    #[schema(pattern = "^(mdy|dmy|ymd)$")]
    date_format: &'a str,
    /// Currency code of ISO 4217.
    currency_display: &'a str,
    /// email, push, `in_app`.
    preferred_notification_channels: Channels<'a>,
    /// Colour theme.
    #[schema(required)]
    theme: Option<&'a str>,
    /// Chosen view.
    #[schema(required)]
    viewing_preference: Option<&'a str>,
    /// The longest message that the user writes, in code points.
    #[schema(minimum = 1, maximum = 10000)]
    max_message_length: u16,
    /// Country of ISO 3166-1, alpha-2.
    #[schema(required)]
    country: Option<&'a str>,
    /// Language tag of BCP 47.
    language: &'a str,
}

/// Notification channels by their names.
#[derive(ToSchema)]
#[schema(value_type = Vec<String>)]
pub(crate) struct Channels<'a>(&'a [NotificationChannel]);

impl Serialize for Channels<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|channel| channel.as_str()))
    }
}

/// An organization in short.
#[derive(Serialize, ToSchema)]
pub(crate) struct OrganizationSummary<'a> {
    /// Its id.
    #[schema(value_type = String, example = "org_01jabcdefghjkmnpqrstvwxyz0")]
    uid: OrganizationId,
    /// Its name.
    display_name: &'a str,
    /// Its name in URLs.
    slug: &'a str,
}

impl<'a> From<&'a organizations::DefaultOrganization> for OrganizationSummary<'a> {
    fn from(default: &'a organizations::DefaultOrganization) -> Self {
        let organization = &default.summary;
        Self {
            uid: organization.id,
            display_name: organization.display_name.as_str(),
            slug: organization.slug.as_str(),
        }
    }
}

/// Whether the user can list items, and the first thing that stands in the way.
#[derive(Serialize, ToSchema)]
pub(crate) struct ListingEligibility {
    /// Whether the user can list items.
    can_list_items: bool,
    /// Blocking reason if `can_list_items` is false.
    #[schema(required)]
    error_code: Option<ErrorCode>,
}

/// Why the user cannot list items.
#[derive(Serialize, ToSchema)]
pub(crate) struct ErrorCode {
    /// Error code identifier, constant per rule.
    uid: &'static str,
    /// Machine-readable code.
    slug: &'static str,
    /// Short error message.
    message: &'static str,
    /// Detailed explanation.
    description: &'static str,
}

impl From<&Block> for ErrorCode {
    fn from(block: &Block) -> Self {
        Self {
            uid: block.uid,
            slug: block.slug,
            message: block.message,
            description: block.description,
        }
    }
}

impl From<&Verdict> for ListingEligibility {
    fn from(verdict: &Verdict) -> Self {
        Self {
            can_list_items: verdict.can_list_items(),
            error_code: verdict.blocks.first().map(ErrorCode::from),
        }
    }
}

impl<'a> Me<'a> {
    /// The object of an account.
    pub(crate) fn of(account: &'a Account, app: &App) -> Self {
        Self {
            uid: account.id,
            username: account.username.as_str(),
            email: account.email.as_str(),
            first_name: account.first_name.as_str(),
            last_name: account.last_name.as_str(),
            phone_number: account.phone_number.as_ref().map(PhoneNumber::as_str),
            email_verified: account.email_verified,
            can_manage_api_environment: account.can_manage_api_environment,
            preferences: PreferencesObject::of(&account.preferences),
            organization: account.organization.as_ref().map(Into::into),
            listing_eligibility: (&app.eligibility(account)).into(),
            avatar_url: app.avatars.url(account),
            bio: account.bio.as_ref().map(Bio::as_str),
            customer_status: account.customer_status.as_str(),
            default_visibility: account.default_visibility.as_str(),
            created_at: account.created_at,
            updated_at: account.updated_at,
        }
    }
}

impl<'a> PreferencesObject<'a> {
    fn of(preferences: &'a Preferences) -> Self {
        Self {
            preferred_name: preferences
                .preferred_name
                .as_ref()
                .map(PreferredName::as_str),
            legal_name: preferences.legal_name.as_ref().map(LegalName::as_str),
            job_title: preferences.job_title.as_ref().map(JobTitle::as_str),
            items_per_page: preferences.items_per_page.get(),
            channel_notifications_enabled: preferences.channel_notifications_enabled,
            timezone: preferences.timezone.as_str(),
            measurement_system: preferences.measurement_system.as_str(),
            date_format: preferences.date_format.as_str(),
            currency_display: preferences.currency_display.as_str(),
            preferred_notification_channels: Channels(
                preferences.preferred_notification_channels.as_slice(),
            ),
            theme: preferences.theme.as_ref().map(Theme::as_str),
            viewing_preference: preferences
                .viewing_preference
                .as_ref()
                .map(ViewingPreference::as_str),
            max_message_length: preferences.max_message_length.get(),
            country: preferences.country.as_ref().map(Country::as_str),
            language: preferences.language.as_str(),
        }
    }
}

/// Rendered me objects.
pub(crate) struct MeCache(Rendered<Representation>);

impl MeCache {
    pub(crate) fn new(entries: usize) -> Self {
        Self(Rendered::new(entries))
    }

    /// The representation of an account's me object.
    pub(crate) fn representation(&self, account: &Arc<Account>, app: &App) -> Representation {
        let render = || Representation::of(&Me::of(account, app));
        self.0.of(account, render)
    }
}
