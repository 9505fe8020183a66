use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;
use vestibule_domain::kernel::UserId;
use vestibule_domain::organizations::{DefaultOrganization, OrganizationName, Role};
use vestibule_domain::preferences::{Country, Preferences};
use vestibule_domain::users::{Account, OtherId};

/// A user.
#[derive(Serialize, ToSchema)]
#[schema(as = User)]
pub(super) struct UserObject<'a> {
    /// The uid.
    #[schema(value_type = String)]
    id: UserId,
    /// E-mail address.
    #[schema(format = Email)]
    email: &'a str,
    /// First name.
    first_name: &'a str,
    /// Last name.
    last_name: &'a str,
    /// First and last name.
    name: String,
    /// Country of ISO 3166-1, alpha-2.
    #[schema(required)]
    country_id: Option<&'a str>,
    /// The id in an external system.
    #[schema(required)]
    other_id: Option<&'a str>,
    /// The role in the default account.
    #[schema(required)]
    role: Option<&'static str>,
    /// The default account.
    #[schema(required)]
    default_account: Option<AccountObject<'a>>,
}

/// An account, which is an organization natively.
#[derive(Serialize, ToSchema)]
#[schema(as = Account)]
struct AccountObject<'a> {
    /// Its number.
    id: i64,
    /// Its name.
    organization_name: &'a str,
}

/// What a member of a common account sees of a user.
#[derive(Serialize, ToSchema)]
#[schema(as = Colleague)]
pub(super) struct ColleagueObject<'a> {
    /// The uid.
    #[schema(value_type = String)]
    id: UserId,
    /// E-mail address.
    #[schema(format = Email)]
    email: &'a str,
    /// First name.
    first_name: &'a str,
    /// Last name.
    last_name: &'a str,
    /// First and last name.
    name: String,
}

/// A user who was looked for, as much as the caller sees.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = FoundUser)]
pub(super) enum FoundUser<'a> {
    /// All.
    Whole(UserObject<'a>),
    /// What a member of a common account sees.
    Colleague(ColleagueObject<'a>),
}

/// What was wrong.
#[derive(Serialize, ToSchema)]
#[schema(as = Error)]
pub(super) struct ErrorObject<'a> {
    /// What was wrong, for people.
    pub(super) error: &'a str,
    /// What was wrong with each refused field.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(required = false)]
    pub(super) fields: BTreeMap<&'a str, String>,
}

impl<'a> UserObject<'a> {
    /// The user with this default account, which may be newer than the one
    /// that the snapshot shows.
    pub(super) fn with(account: &'a Account, default: Option<&'a DefaultOrganization>) -> Self {
        let ColleagueObject {
            id,
            email,
            first_name,
            last_name,
            name,
        } = account.into();
        let Preferences { country, .. } = &account.preferences;
        Self {
            id,
            email,
            first_name,
            last_name,
            name,
            country_id: country.as_ref().map(Country::as_str),
            other_id: account.other_id.as_ref().map(OtherId::as_str),
            role: default.map(|default| Role::as_str(default.role)),
            default_account: default.map(AccountObject::from),
        }
    }
}

impl<'a> From<&'a Account> for UserObject<'a> {
    fn from(account: &'a Account) -> Self {
        Self::with(account, account.organization.as_ref())
    }
}

impl<'a> From<&'a DefaultOrganization> for AccountObject<'a> {
    fn from(default: &'a DefaultOrganization) -> Self {
        let DefaultOrganization { summary, role: _ } = default;
        Self {
            id: summary.number.get(),
            organization_name: OrganizationName::as_str(&summary.display_name),
        }
    }
}

impl<'a> From<&'a Account> for ColleagueObject<'a> {
    fn from(account: &'a Account) -> Self {
        Self {
            id: account.id,
            email: account.email.as_str(),
            first_name: account.first_name.as_str(),
            last_name: account.last_name.as_str(),
            name: account.full_name(),
        }
    }
}
