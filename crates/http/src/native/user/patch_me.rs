use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, patch, web};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use utoipa::openapi::schema::{Array, ArrayBuilder, ObjectBuilder, Type};
use vestibule_domain::kernel::Patch;
use vestibule_domain::preferences::{
    Country, CurrencyCode, DateFormat, ItemsPerPage, JobTitle, LanguageTag, LegalName,
    MaxMessageLength, MeasurementSystem, NotificationChannel, NotificationChannels,
    PreferenceChanges, PreferredName, Theme, TimeZone, ViewingPreference,
};
use vestibule_domain::users::{Bio, PersonName, UpdateProfile, Visibility};

use crate::answer::Representation;
use crate::api::Api;
use crate::auth::User;
use crate::body::{Body, JSON_LIMIT};
use crate::fields::{Fields, Refused, boolean, integer, string, strings};
use crate::me::Me;
use crate::params::IfMatch;
use crate::problem::Problem;

/// What a client may send back unchanged, having got it.
const READ_ONLY: &[&str] = &[
    "uid",
    "username",
    "email",
    "phone_number",
    "email_verified",
    "can_manage_api_environment",
    "organization",
    "listing_eligibility",
    "avatar_url",
    "customer_status",
    "created_at",
    "updated_at",
];

/// The fields to change; read-only ones are ignored.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"first_name": "Jane", "last_name": "Smith-Jones"}), min_properties = 1)]
#[expect(dead_code, reason = "documents what `read` reads")]
pub(crate) struct UpdateMe {
    /// First name.
    #[schema(max_length = 255, nullable = false)]
    first_name: Option<String>,
    /// Last name.
    #[schema(max_length = 255, nullable = false)]
    last_name: Option<String>,
    /// Preferences to change.
    #[schema(nullable = false)]
    preferences: Option<UpdatePreferences>,
    /// What the user tells about themselves.
    #[schema(
        max_length = 1000,
        pattern = "^(\\r\\n|[^\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f])*$"
    )]
    bio: Option<String>,
    /// Who sees the user's messages unless said otherwise.
    #[schema(nullable = false, pattern = "^(public|private)$")]
    default_visibility: Option<String>,
}

/// A list of channels, each at most once.
fn channels() -> Array {
    let names = NotificationChannel::ALL
        .iter()
        .map(|channel| channel.as_str());
    let channel = ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(names));
    ArrayBuilder::new()
        .items(channel)
        .unique_items(true)
        .description(Some("Notification channels, each at most once."))
        .examples([serde_json::json!(["email", "push"])])
        .build()
}

/// The preferences to change.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "documents what `read_preferences` reads")]
pub(crate) struct UpdatePreferences {
    /// Display name.
    #[schema(min_length = 1, max_length = 255)]
    preferred_name: Option<String>,
    /// Legal name.
    #[schema(min_length = 1, max_length = 255)]
    legal_name: Option<String>,
    /// Job title.
    #[schema(min_length = 1, max_length = 255)]
    job_title: Option<String>,
    /// Pagination size.
    #[schema(minimum = 5, maximum = 200, nullable = false)]
    items_per_page: Option<u16>,
    /// Enable or disable notifications.
    #[schema(nullable = false)]
    channel_notifications_enabled: Option<bool>,
    /// IANA time zone.
    #[schema(
        example = "America/New_York",
        format = "iana-time-zone",
        nullable = false
    )]
    timezone: Option<String>,
    /// imperial or metric.
    #[schema(pattern = "^(imperial|metric)$", nullable = false)]
    measurement_system: Option<String>,
    /// mdy, dmy or ymd.
    #[schema(pattern = "^(mdy|dmy|ymd)$", nullable = false)]
    date_format: Option<String>,
    /// Active currency code of ISO 4217.
    #[schema(example = "USD", format = "iso-4217", nullable = false)]
    currency_display: Option<String>,
    /// email, push, `in_app`; each at most once.
    #[schema(schema_with = channels, required = false)]
    preferred_notification_channels: Option<Vec<String>>,
    /// Colour theme.
    #[schema(min_length = 1, max_length = 50)]
    theme: Option<String>,
    /// Chosen view.
    #[schema(min_length = 1, max_length = 50)]
    viewing_preference: Option<String>,
    /// The longest message that the user writes, in code points.
    #[schema(minimum = 1, maximum = 10000, nullable = false)]
    max_message_length: Option<u16>,
    /// Country of ISO 3166-1, alpha-2.
    #[schema(example = "US", format = "iso-3166-1-alpha-2")]
    country: Option<String>,
    /// Language tag of BCP 47.
    #[schema(example = "en", format = "bcp-47", nullable = false)]
    language: Option<String>,
}

fn read(object: Map<String, Value>) -> Result<UpdateProfile, Problem> {
    Fields::read(object, READ_ONLY, |f| {
        let first_name = f.optional("first_name", string(PersonName::parse));
        let last_name = f.optional("last_name", string(PersonName::parse));
        let preferences = f.nested("preferences", "preferences.", read_preferences);
        let bio: Result<Patch<_>, _> = f.patch("bio", string(Bio::parse));
        let default_visibility = f.optional("default_visibility", string(Visibility::parse));
        Ok(UpdateProfile {
            first_name: first_name?,
            last_name: last_name?,
            bio: bio?,
            default_visibility: default_visibility?,
            // Natively staff sets it.
            other_id: Patch::Keep,
            preferences: preferences?,
        })
    })
}

fn read_preferences(f: &mut Fields) -> Result<PreferenceChanges, Refused> {
    let preferred_name = f.patch("preferred_name", string(PreferredName::parse));
    let legal_name = f.patch("legal_name", string(LegalName::parse));
    let job_title = f.patch("job_title", string(JobTitle::parse));
    let items_per_page = f.optional("items_per_page", integer(ItemsPerPage::parse));
    let notifications = f.optional("channel_notifications_enabled", boolean);
    let timezone = f.optional("timezone", string(TimeZone::parse));
    let measurement_system = f.optional("measurement_system", string(MeasurementSystem::parse));
    let date_format = f.optional("date_format", string(DateFormat::parse));
    let currency_display = f.optional("currency_display", string(CurrencyCode::parse));
    let channels = f.optional(
        "preferred_notification_channels",
        strings(NotificationChannel::parse, NotificationChannels::new),
    );
    let theme = f.patch("theme", string(Theme::parse));
    let viewing_preference = f.patch("viewing_preference", string(ViewingPreference::parse));
    let max_message_length = f.optional("max_message_length", integer(MaxMessageLength::parse));
    let country = f.patch("country", string(Country::parse));
    let language = f.optional("language", string(LanguageTag::parse));
    Ok(PreferenceChanges {
        preferred_name: preferred_name?,
        legal_name: legal_name?,
        job_title: job_title?,
        items_per_page: items_per_page?,
        channel_notifications_enabled: notifications?,
        timezone: timezone?,
        measurement_system: measurement_system?,
        date_format: date_format?,
        currency_display: currency_display?,
        preferred_notification_channels: channels?,
        theme: theme?,
        viewing_preference: viewing_preference?,
        max_message_length: max_message_length?,
        country: country?,
        language: language?,
    })
}

/// Update the profile.
///
/// Sets the fields that are sent; null clears those that may be null.
#[utoipa::path(
    context_path = "",
    tag = "user",
    request_body = UpdateMe,
    params(IfMatch),
    responses((status = 200, description = "The user.", body = Me)),
    security(("bearer" = []), ("api_key" = []), ("cookie" = [])),
)]
#[patch("/api/v1/user/me/")]
pub(crate) async fn patch_me(
    request: HttpRequest,
    user: User,
    api: web::Data<Api>,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let account = &user.account;
    let profile = read(body.read(JSON_LIMIT).await?.changes()?)?;
    let expected = api
        .me
        .representation(account, &api.app)
        .expected(&request, account.version)?;
    let updated = api
        .app
        .users
        .update_profile(account.id, profile, expected)
        .await?;
    Ok(Representation::of(&Me::of(&updated, &api.app)).answer(StatusCode::OK))
}
