use std::collections::BTreeMap;

use serde::{Serialize, Serializer};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use vestibule_domain::companies::Company;
use vestibule_domain::kernel::{Id, IdKind, Timestamp, UserId};
use vestibule_domain::organizations::{OrganizationView, Permission};
use vestibule_domain::preferences::Preferences;
use vestibule_domain::users::{Account, Settings};

/// Every answer of the dialect.
#[derive(Serialize, ToSchema)]
pub(super) struct Answer<'a, T> {
    /// `success` or `error`.
    pub(super) status: &'static str,
    /// The HTTP status.
    pub(super) status_code: u16,
    /// What happened, for people.
    pub(super) message: &'a str,
    /// What was asked for; of an error the refused fields.
    pub(super) data: T,
}

/// What an error has.
#[derive(Serialize, ToSchema)]
pub(super) struct ErrorData<'a> {
    /// What was wrong with each refused field; only where there is one.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(required = false)]
    pub(super) errors: BTreeMap<&'a str, Vec<&'a str>>,
}

/// What an answer with a user has.
#[derive(Serialize, ToSchema)]
pub(super) struct UserData<'a> {
    /// The user.
    pub(super) user: UserObject<'a>,
}

/// The user: exactly the documented fields, in the documented order.
#[derive(Serialize, ToSchema)]
#[schema(as = User)]
pub(super) struct UserObject<'a> {
    /// The uid.
    #[schema(value_type = String)]
    id: UserId,
    /// The UUID that the uid spells.
    #[schema(format = "uuid")]
    uid: String,
    /// First name.
    firstname: &'a str,
    /// Last name.
    lastname: &'a str,
    /// First and last name.
    fullname: String,
    /// E-mail address.
    #[schema(format = Email)]
    email: &'a str,
    /// IANA time zone.
    timezone: &'a str,
    /// The time zone of a new account.
    default_timezone: String,
    /// Picture of the user; empty without one.
    avatar: String,
    /// UUID of the default organization.
    #[schema(required, format = "uuid")]
    default_organization: Option<String>,
    /// The company that the user works for.
    #[schema(required)]
    active_company: Option<CompanyObject>,
    /// The organizations that the user belongs to, the last joined first.
    organizations: Vec<OrganizationObject>,
    /// What the user may do in the default organization.
    permissions_in_default_organization: Vec<&'static str>,
    /// The flags that staff set.
    #[schema(value_type = Object)]
    features: &'a Map<String, Value>,
    /// When the account was made.
    #[schema(value_type = String, format = DateTime)]
    first_seen: WholeSeconds,
    /// When the user was last seen, up to 5 minutes ago.
    #[schema(value_type = String, format = DateTime)]
    last_seen: WholeSeconds,
    /// The settings.
    #[schema(value_type = Object)]
    settings: &'a Map<String, Value>,
}

/// A company.
#[derive(Serialize, ToSchema)]
#[schema(as = Company)]
struct CompanyObject {
    /// Its UUID.
    #[schema(format = "uuid")]
    uid: String,
    /// Its name.
    name: String,
    /// The uid of its owner.
    #[schema(value_type = String)]
    owner_id: UserId,
    /// How many documents it may have.
    max_documents: i64,
}

/// An organization.
#[derive(Serialize, ToSchema)]
#[schema(as = Organization)]
struct OrganizationObject {
    /// Its UUID.
    #[schema(format = "uuid")]
    uid: String,
    /// Its name.
    name: String,
    /// UUID of the company that it belongs to.
    #[schema(format = "uuid")]
    company_uid: String,
}

/// A time without fractions of a second.
struct WholeSeconds(Timestamp);

impl Serialize for WholeSeconds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = self.0.to_string();
        let (whole, _) = text.split_once('.').unwrap_or((&text, ""));
        serializer.collect_str(&format_args!("{whole}Z"))
    }
}

/// What the user sees that is not the account's own.
pub(super) struct Surroundings {
    pub(super) settings: Settings,
    pub(super) organizations: Vec<OrganizationView>,
    pub(super) company: Option<Company>,
    pub(super) avatar_url: Option<String>,
}

impl<'a> UserObject<'a> {
    pub(super) fn of(account: &'a Account, around: &'a Surroundings) -> Self {
        let Surroundings {
            settings,
            organizations,
            company,
            avatar_url,
        } = around;
        let default = organizations.iter().find(|view| view.is_default);
        let permissions = default.map_or(&[][..], |view| view.role.permissions());
        Self {
            id: account.id,
            uid: bare(account.id),
            firstname: account.first_name.as_str(),
            lastname: account.last_name.as_str(),
            fullname: account.full_name(),
            email: account.email.as_str(),
            timezone: account.preferences.timezone.as_str(),
            default_timezone: Preferences::default().timezone.to_string(),
            avatar: avatar_url.clone().unwrap_or_default(),
            default_organization: default.map(|view| bare(view.organization.id)),
            active_company: company.as_ref().map(CompanyObject::from),
            organizations: organizations.iter().map(OrganizationObject::from).collect(),
            permissions_in_default_organization: permissions
                .iter()
                .map(|permission| Permission::as_str(*permission))
                .collect(),
            features: &account.features,
            first_seen: WholeSeconds(account.created_at),
            last_seen: WholeSeconds(account.last_seen_at.unwrap_or(account.created_at)),
            settings: settings.as_map(),
        }
    }
}

impl From<&Company> for CompanyObject {
    fn from(company: &Company) -> Self {
        let Company {
            id,
            owner,
            name,
            max_documents,
            created_at: _,
            updated_at: _,
            version: _,
        } = company;
        Self {
            uid: bare(*id),
            name: name.to_string(),
            owner_id: owner.id,
            max_documents: max_documents.get(),
        }
    }
}

impl From<&OrganizationView> for OrganizationObject {
    fn from(view: &OrganizationView) -> Self {
        let organization = &view.organization;
        Self {
            uid: bare(organization.id),
            name: organization.display_name.to_string(),
            company_uid: bare(organization.company.id),
        }
    }
}

/// The UUID that a uid spells.
fn bare<K: IdKind>(id: Id<K>) -> String {
    id.uuid().to_string()
}
