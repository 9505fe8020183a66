//! The rows of accounts, read and written.

use std::sync::Arc;

use diesel::dsl::{auto_type, exists};
use diesel::prelude::*;
use vestibule_domain::avatars::AvatarKey;
use vestibule_domain::credentials::{Credential, CredentialVersion, PasswordHash};
use vestibule_domain::kernel::{StoreError, Timestamp, UserId, Version};
use vestibule_domain::preferences::{
    Country, CurrencyCode, DateFormat, ItemsPerPage, JobTitle, LanguageTag, LegalName,
    MaxMessageLength, MeasurementSystem, NotificationChannel, NotificationChannels, Preferences,
    PreferredName, Theme, TimeZone, ViewingPreference,
};
use vestibule_domain::users::{
    Account, Bio, CustomerStatus, EmailAddress, OtherId, PersonName, PhoneNumber, Username,
    Visibility,
};

use super::default_organization::{OrganizationColumn, read_organization};
use super::schema::{addresses, users};
use super::stored::{Stored, time};
use crate::database::dialect::{lock_row, on};
use crate::database::{Conn, JobError};

/// Whether the account is not being erased: one that is has the epoch −1.
/// Every query that looks an account up by its id, or lists accounts, asks for
/// it; its names and its sessions find no such account anyway.
#[auto_type(no_type_alias)]
pub(super) fn is_visible() -> _ {
    users::auth_epoch.ge(0_i64)
}

#[auto_type]
fn has_primary_address() -> _ {
    exists(
        addresses::table
            .filter(addresses::user_id.eq(users::id))
            .filter(addresses::is_primary),
    )
}

/// One snapshot of an account.
#[derive(Clone, Queryable, Selectable)]
#[diesel(table_name = users)]
pub(super) struct AccountRow {
    #[diesel(embed)]
    user: UserRow,
    #[diesel(select_expression = has_primary_address())]
    has_primary_address: bool,
    #[diesel(
        select_expression = OrganizationColumn,
        select_expression_type = OrganizationColumn,
    )]
    organization: Option<String>,
}

/// An account, its password hash and the state of its credential. No struct
/// that embeds the account: the compiler would take minutes at each query.
pub(super) type CredentialRow = (AccountRow, Option<String>, i64);

/// What is selected for a [`CredentialRow`].
macro_rules! credential_columns {
    () => {
        (
            AccountRow::as_select(),
            users::password_hash,
            users::credential_version,
        )
    };
}
pub(super) use credential_columns;

/// The columns of an account that are columns of its table.
#[derive(Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = users, treat_none_as_default_value = false)]
pub(super) struct UserRow {
    id: String,
    username: String,
    email: String,
    email_verified: bool,
    auth_epoch: i64,
    version: i64,
    created_at: i64,
    updated_at: i64,
    last_seen_at: Option<i64>,
    suspended_at: Option<i64>,
    is_admin: bool,
    can_manage_api_environment: bool,
    customer_status: String,
    other_id: Option<String>,
    first_name: String,
    last_name: String,
    phone_number: Option<String>,
    default_visibility: String,
    #[diesel(embed)]
    preferences: PreferencesRow,
    bio: Option<String>,
    features: String,
    avatar: Option<String>,
}

#[derive(Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = users, treat_none_as_default_value = false, treat_none_as_null = true)]
pub(super) struct PreferencesRow {
    preferred_name: Option<String>,
    legal_name: Option<String>,
    job_title: Option<String>,
    items_per_page: i32,
    channel_notifications_enabled: bool,
    timezone: String,
    measurement_system: String,
    date_format: String,
    currency_display: String,
    preferred_notification_channels: String,
    theme: Option<String>,
    viewing_preference: Option<String>,
    max_message_length: i32,
    country: Option<String>,
    language: String,
}

/// The account with this id.
pub(super) fn load_account(conn: &mut Conn, user: UserId) -> Result<Option<Account>, JobError> {
    let row: Option<AccountRow> = on!(conn, |c| users::table
        .find(user.to_string())
        .filter(is_visible())
        .select(AccountRow::as_select())
        .first(c)
        .optional())?;
    Ok(row.map(AccountRow::into_account).transpose()?)
}

/// The account for each of the ids; `Missing("user")` where there is none.
pub(super) fn load_accounts(
    conn: &mut Conn,
    users: &[UserId],
) -> Result<Vec<Result<Arc<Account>, StoreError>>, JobError> {
    let missing = || StoreError::Missing("user");
    if let [user] = users {
        let account = load_account(conn, *user)?;
        return Ok(vec![account.map(Arc::new).ok_or_else(missing)]);
    }
    let ids: Vec<_> = users.iter().map(ToString::to_string).collect();
    let mut rows: Vec<AccountRow> = on!(conn, |c| users::table
        .filter(users::id.eq_any(&ids))
        .filter(is_visible())
        .select(AccountRow::as_select())
        .load(c))?;
    let accounts = ids.iter().map(|id| {
        let at = rows.iter().position(|row| row.id() == id);
        let row = rows.swap_remove(at.ok_or_else(missing)?);
        row.into_account().map(Arc::new)
    });
    Ok(accounts.collect())
}

/// What guarded commands ask of the user that they lock.
#[derive(Queryable, Selectable)]
#[diesel(table_name = users)]
pub(super) struct LockedUser {
    pub(super) email_canonical: String,
    pub(super) email_verified: bool,
    pub(super) credential_version: i64,
    pub(super) auth_epoch: i64,
    pub(super) version: i64,
    pub(super) suspended_at: Option<i64>,
}

/// Locks the user's row against other writers, who are none on `SQLite`.
/// `Missing("user")` without account.
pub(super) fn lock_user(conn: &mut Conn, user: UserId) -> Result<LockedUser, JobError> {
    let row: Option<LockedUser> = lock_row!(
        conn,
        users::table
            .find(user.to_string())
            .filter(is_visible())
            .select(LockedUser::as_select())
    )?;
    row.ok_or_else(|| StoreError::Missing("user").into())
}

impl AccountRow {
    pub(super) fn id(&self) -> &str {
        &self.user.id
    }

    pub(super) fn into_account(self) -> Result<Account, StoreError> {
        let UserRow {
            id,
            username,
            email,
            email_verified,
            auth_epoch,
            version,
            created_at,
            updated_at,
            last_seen_at,
            suspended_at,
            is_admin,
            can_manage_api_environment,
            customer_status,
            other_id,
            first_name,
            last_name,
            phone_number,
            default_visibility,
            preferences,
            bio,
            features,
            avatar,
        } = self.user;
        let row = Stored {
            table: "users",
            row: &id,
        };
        Ok(Account {
            id: row.id("id", &id)?,
            username: row.parsed("username", Username::parse(&username))?,
            email: row.parsed("email", EmailAddress::parse(&email))?,
            email_verified,
            first_name: row.parsed("first_name", PersonName::parse(&first_name))?,
            last_name: row.parsed("last_name", PersonName::parse(&last_name))?,
            phone_number: row.optional(
                "phone_number",
                phone_number.as_deref(),
                PhoneNumber::parse,
            )?,
            avatar: row.optional("avatar", avatar.as_deref(), AvatarKey::parse)?,
            can_manage_api_environment,
            is_admin,
            suspended_at: time(suspended_at),
            customer_status: row
                .parsed("customer_status", CustomerStatus::parse(&customer_status))?,
            default_visibility: row
                .parsed("default_visibility", Visibility::parse(&default_visibility))?,
            bio: row.optional("bio", bio.as_deref(), Bio::parse)?,
            other_id: row.optional("other_id", other_id.as_deref(), OtherId::parse)?,
            features: row.parsed("features", serde_json::from_str(&features))?,
            preferences: preferences.into_preferences(row)?,
            has_primary_address: self.has_primary_address,
            organization: self
                .organization
                .as_deref()
                .map(read_organization)
                .transpose()?,
            last_seen_at: time(last_seen_at),
            auth_epoch,
            version: Version(version),
            created_at: Timestamp::from_micros(created_at),
            updated_at: Timestamp::from_micros(updated_at),
        })
    }
}

pub(super) fn into_credential(row: CredentialRow) -> Result<Credential, StoreError> {
    let (account, password_hash, version) = row;
    Ok(Credential {
        account: account.into_account()?.into(),
        password_hash: password_hash.map(PasswordHash::new),
        version: CredentialVersion(version),
    })
}

impl UserRow {
    pub(super) fn new(account: &Account) -> Self {
        let Account {
            id,
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
            // They follow from addresses and memberships.
            has_primary_address: _,
            organization: _,
            last_seen_at,
            auth_epoch,
            version,
            created_at,
            updated_at,
        } = account;
        Self {
            id: id.to_string(),
            username: username.to_string(),
            email: email.to_string(),
            email_verified: *email_verified,
            auth_epoch: *auth_epoch,
            version: version.0,
            created_at: created_at.as_micros(),
            updated_at: updated_at.as_micros(),
            last_seen_at: last_seen_at.map(Timestamp::as_micros),
            suspended_at: suspended_at.map(Timestamp::as_micros),
            is_admin: *is_admin,
            can_manage_api_environment: *can_manage_api_environment,
            customer_status: customer_status.to_string(),
            other_id: other_id.as_ref().map(ToString::to_string),
            first_name: first_name.to_string(),
            last_name: last_name.to_string(),
            phone_number: phone_number.as_ref().map(ToString::to_string),
            default_visibility: default_visibility.to_string(),
            preferences: PreferencesRow::new(preferences),
            bio: bio.as_ref().map(ToString::to_string),
            features: json_text(features),
            avatar: avatar.as_ref().map(ToString::to_string),
        }
    }
}

impl PreferencesRow {
    pub(super) fn new(preferences: &Preferences) -> Self {
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
        Self {
            preferred_name: preferred_name.as_ref().map(ToString::to_string),
            legal_name: legal_name.as_ref().map(ToString::to_string),
            job_title: job_title.as_ref().map(ToString::to_string),
            items_per_page: items_per_page.get().into(),
            channel_notifications_enabled: *channel_notifications_enabled,
            timezone: timezone.to_string(),
            measurement_system: measurement_system.to_string(),
            date_format: date_format.to_string(),
            currency_display: currency_display.to_string(),
            preferred_notification_channels: channels_text(preferred_notification_channels),
            theme: theme.as_ref().map(ToString::to_string),
            viewing_preference: viewing_preference.as_ref().map(ToString::to_string),
            max_message_length: max_message_length.get().into(),
            country: country.as_ref().map(ToString::to_string),
            language: language.to_string(),
        }
    }

    fn into_preferences(self, row: Stored<'_>) -> Result<Preferences, StoreError> {
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
        Ok(Preferences {
            preferred_name: row.optional(
                "preferred_name",
                preferred_name.as_deref(),
                PreferredName::parse,
            )?,
            legal_name: row.optional("legal_name", legal_name.as_deref(), LegalName::parse)?,
            job_title: row.optional("job_title", job_title.as_deref(), JobTitle::parse)?,
            items_per_page: row
                .parsed("items_per_page", ItemsPerPage::parse(items_per_page.into()))?,
            channel_notifications_enabled,
            timezone: row.parsed("timezone", TimeZone::parse(&timezone))?,
            measurement_system: row.parsed(
                "measurement_system",
                MeasurementSystem::parse(&measurement_system),
            )?,
            date_format: row.parsed("date_format", DateFormat::parse(&date_format))?,
            currency_display: row
                .parsed("currency_display", CurrencyCode::parse(&currency_display))?,
            preferred_notification_channels: row.parsed(
                "preferred_notification_channels",
                parse_channels(&preferred_notification_channels),
            )?,
            theme: row.optional("theme", theme.as_deref(), Theme::parse)?,
            viewing_preference: row.optional(
                "viewing_preference",
                viewing_preference.as_deref(),
                ViewingPreference::parse,
            )?,
            max_message_length: row.parsed(
                "max_message_length",
                MaxMessageLength::parse(max_message_length.into()),
            )?,
            country: row.optional("country", country.as_deref(), Country::parse)?,
            language: row.parsed("language", LanguageTag::parse(&language))?,
        })
    }
}

fn parse_channels(json: &str) -> Result<NotificationChannels, Box<dyn std::error::Error>> {
    let names: Vec<&str> = serde_json::from_str(json)?;
    let channels = names.into_iter().map(NotificationChannel::parse);
    Ok(NotificationChannels::new(
        channels.collect::<Result<_, _>>()?,
    )?)
}

/// The channels as JSON text.
pub(super) fn channels_text(channels: &NotificationChannels) -> String {
    let names: Vec<_> = channels.as_slice().iter().map(|c| c.as_str()).collect();
    serde_json::Value::from(names).to_string()
}

/// The object as JSON text.
pub(super) fn json_text(object: &serde_json::Map<String, serde_json::Value>) -> String {
    serde_json::Value::from(object.clone()).to_string()
}
