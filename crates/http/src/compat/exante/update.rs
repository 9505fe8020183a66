use actix_web::http::StatusCode;
use actix_web::{HttpResponse, patch, web};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use vestibule_domain::app::App;
use vestibule_domain::kernel::{
    CompanyId, FieldErrors, Id, IdKind, Invalid, OrganizationId, UserId,
};
use vestibule_domain::preferences::{PreferenceChanges, TimeZone};
use vestibule_domain::users::{PersonName, Settings, UpdateError, UpdateProfile, UpdateSettings};

use super::error::Failure;
use super::shapes::{Answer, ErrorData, Surroundings, UserData, UserObject};
use crate::answer;
use crate::api::Api;
use crate::auth::User;
use crate::body::{Body, JSON_LIMIT};
use crate::fields::{Fields, object, string};
use crate::problem::Problem;

/// The setting that names the company which the user works for.
const ACTIVE_COMPANY: &str = "active_company_uid";

/// The fields to change.
#[derive(ToSchema)]
#[schema(example = json!({
    "firstname": "Jane", "lastname": "Smith", "timezone": "America/New_York",
    "default_organization": "3c90c3cc-0d44-4b50-8888-8dd25736052a", "settings": {}
}))]
#[expect(dead_code, reason = "documents what `read` reads")]
pub(super) struct UpdateUser {
    /// Alphabetic characters only, of any script.
    #[schema(nullable = false)]
    firstname: Option<String>,
    /// Alphabetic characters only, of any script.
    #[schema(nullable = false)]
    lastname: Option<String>,
    /// Valid IANA time zone identifier.
    #[schema(nullable = false)]
    timezone: Option<String>,
    /// UUID of an organization that the user belongs to.
    #[schema(nullable = false, format = "uuid")]
    default_organization: Option<String>,
    /// Settings, merged key by key; null removes one. `active_company_uid` names
    /// the company of one of the user's organizations.
    #[schema(nullable = false, value_type = Option<Object>)]
    settings: Option<Map<String, Value>>,
}

struct Update {
    profile: UpdateProfile,
    default_organization: Option<OrganizationId>,
    settings: Option<UpdateSettings>,
}

fn read(body: Map<String, Value>) -> Result<Update, Problem> {
    Fields::read_known(body, |f| {
        let first_name = f.optional("firstname", string(PersonName::parse_letters));
        let last_name = f.optional("lastname", string(PersonName::parse_letters));
        let timezone = f.optional("timezone", string(TimeZone::parse));
        let organization = f.optional(
            "default_organization",
            string(|text| by_uuid(text).ok_or_else(unknown_organization)),
        );
        let settings = f.optional("settings", object);
        Ok(Update {
            profile: UpdateProfile {
                first_name: first_name?,
                last_name: last_name?,
                preferences: PreferenceChanges {
                    timezone: timezone?,
                    ..PreferenceChanges::default()
                },
                ..UpdateProfile::default()
            },
            default_organization: organization?,
            settings: settings?,
        })
    })
}

/// What a bare UUID names.
fn by_uuid<K: IdKind>(text: &str) -> Option<Id<K>> {
    text.parse().ok().map(Id::from_uuid)
}

/// The company that a value names: by its UUID, as here, or by its uid, as
/// natively.
fn company_id(value: &Value) -> Option<CompanyId> {
    let text = value.as_str()?;
    text.parse().ok().or_else(|| by_uuid(text))
}

/// No organization that the user belongs to.
pub(super) fn unknown_organization() -> Invalid {
    Invalid::new(
        "unknown_organization",
        "Use the UUID of an organization that you are a member of.",
    )
}

/// What only the store knows, all of it before anything is changed.
async fn check(app: &App, user: UserId, update: &Update) -> Result<(), Failure> {
    let mut errors = Vec::new();
    if let Some(organization) = update.default_organization {
        let found = app.organizations.find(user, organization).await?;
        if found.is_none() {
            errors.push(unknown_organization().at("default_organization"));
        }
    }
    let settings = update.settings.as_ref();
    let company = settings.and_then(|settings| settings.get(ACTIVE_COMPANY));
    if let Some(company) = company.filter(|company| !company.is_null()) {
        let may = match company_id(company) {
            Some(company) => app.companies.may_be_active(user, company).await?,
            None => false,
        };
        if !may {
            let unknown = Invalid::new(
                "unknown_company",
                "Use the UUID of the company of one of your organizations.",
            );
            errors.push(unknown.at(format!("settings.{ACTIVE_COMPANY}")));
        }
    }
    FieldErrors::check(errors).map_err(|errors| Problem::fields(errors).into())
}

/// Merges the settings; what is refused of them stands below `settings` here.
async fn merge(
    app: &App,
    user: UserId,
    changes: Option<UpdateSettings>,
) -> Result<Settings, Failure> {
    let Some(changes) = changes else {
        return Ok(app.users.settings(user).await?.unwrap_or_default());
    };
    match app.users.update_settings(user, changes, None).await {
        Ok(settings) => Ok(settings),
        Err(UpdateError::Invalid(errors)) => {
            let mut errors = errors.into_vec();
            for error in &mut errors {
                let place = format!("settings.{}", error.field);
                place.trim_end_matches('.').clone_into(&mut error.field);
            }
            FieldErrors::check(errors).map_err(Problem::fields)?;
            Err(Problem::internal().into())
        }
        Err(error) => Err(error.into()),
    }
}

/// Update current user profile.
#[utoipa::path(
    context_path = "",
    tag = "users",
    request_body = UpdateUser,
    responses(
        (status = 200, description = "User profile updated.", body = Answer<UserData>),
        (status = "default", description = "Refused, or failed.", body = Answer<ErrorData>),
    ),
    security(("bearer" = []), ("api_key" = []), ("cookie" = [])),
)]
#[patch("/api/user/")]
pub(super) async fn update_user(
    user: User,
    api: web::Data<Api>,
    body: Body,
) -> Result<HttpResponse, Failure> {
    let update = read(body.read(JSON_LIMIT).await?.object()?)?;
    let (app, id) = (&api.app, user.id());
    check(app, id, &update).await?;
    let settings = merge(app, id, update.settings).await?;
    if let Some(organization) = update.default_organization {
        app.organizations.set_default(id, organization).await?;
    }
    let account = if update.profile == UpdateProfile::default() {
        user.account
    } else {
        app.users.update_profile(id, update.profile, None).await?
    };
    let wanted = settings.as_map().get(ACTIVE_COMPANY).and_then(company_id);
    let around = Surroundings {
        organizations: app.organizations.all_of(id).await?,
        company: app.companies.active(id, wanted).await?,
        avatar_url: app.avatars.url(&account),
        settings,
    };
    let user = UserObject::of(&account, &around);
    let status = StatusCode::OK;
    Ok(answer::json(
        status,
        &Answer {
            status: "success",
            status_code: status.as_u16(),
            message: "Success",
            data: UserData { user },
        },
    ))
}
