use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, get, patch, put, web};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use vestibule_domain::kernel::UserId;
use vestibule_domain::users::{Account, PersonName, UpdateProfile};

use crate::answer::Representation;
use crate::api::Api;
use crate::auth::User;
use crate::body::{AUTH_LIMIT, Body};
use crate::fields::{Fields, string};
use crate::params::IfMatch;
use crate::problem::Problem;

/// What a client may send back unchanged, having got it.
const READ_ONLY: &[&str] = &["pk", "username", "email"];

/// The signed-in user, in short.
#[derive(Serialize, ToSchema)]
pub(crate) struct UserDetails<'a> {
    /// User identifier.
    #[schema(value_type = String, example = "usr_01jabcdefghjkmnpqrstvwxyz0")]
    pk: UserId,
    /// Username.
    username: &'a str,
    /// Email address.
    #[schema(format = Email)]
    email: &'a str,
    /// First name.
    first_name: &'a str,
    /// Last name.
    last_name: &'a str,
}

/// Both names; read-only fields are ignored.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"first_name": "Jane", "last_name": "Smith-Jones"}))]
#[expect(dead_code, reason = "documents what `read_all` reads")]
pub(crate) struct ReplaceUserDetails {
    /// First name.
    #[schema(max_length = 255)]
    first_name: String,
    /// Last name.
    #[schema(max_length = 255)]
    last_name: String,
}

/// The names to change; read-only fields are ignored.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"last_name": "Smith-Jones"}), min_properties = 1)]
#[expect(dead_code, reason = "documents what `read_some` reads")]
pub(crate) struct UpdateUserDetails {
    /// First name.
    #[schema(max_length = 255, nullable = false)]
    first_name: Option<String>,
    /// Last name.
    #[schema(max_length = 255, nullable = false)]
    last_name: Option<String>,
}

impl UserDetails<'_> {
    fn representation(account: &Account) -> Representation {
        Representation::of(&UserDetails {
            pk: account.id,
            username: account.username.as_str(),
            email: account.email.as_str(),
            first_name: account.first_name.as_str(),
            last_name: account.last_name.as_str(),
        })
    }
}

fn read_all(object: Map<String, Value>) -> Result<UpdateProfile, Problem> {
    Fields::read(object, READ_ONLY, |f| {
        let first_name = f.required("first_name", string(PersonName::parse));
        let last_name = f.required("last_name", string(PersonName::parse));
        Ok(UpdateProfile {
            first_name: Some(first_name?),
            last_name: Some(last_name?),
            ..UpdateProfile::default()
        })
    })
}

fn read_some(object: Map<String, Value>) -> Result<UpdateProfile, Problem> {
    Fields::read(object, READ_ONLY, |f| {
        let first_name = f.optional("first_name", string(PersonName::parse));
        let last_name = f.optional("last_name", string(PersonName::parse));
        Ok(UpdateProfile {
            first_name: first_name?,
            last_name: last_name?,
            ..UpdateProfile::default()
        })
    })
}

/// Get the current user, in short.
#[utoipa::path(
    context_path = "",
    tag = "auth",
    responses((status = 200, description = "The user.", body = UserDetails)),
    security(("bearer" = []), ("api_key" = []), ("cookie" = [])),
)]
#[get("/user/")]
pub(crate) async fn get_user_details(request: HttpRequest, user: User) -> HttpResponse {
    UserDetails::representation(&user.account).get(&request)
}

/// Set both names.
#[utoipa::path(
    context_path = "",
    tag = "auth",
    params(IfMatch),
    request_body = ReplaceUserDetails,
    responses((status = 200, description = "The user.", body = UserDetails)),
    security(("bearer" = []), ("api_key" = []), ("cookie" = [])),
)]
#[put("/user/")]
pub(crate) async fn replace_user_details(
    request: HttpRequest,
    user: User,
    api: web::Data<Api>,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let profile = read_all(body.read(AUTH_LIMIT).await?.object()?)?;
    update(&api, &request, &user, profile).await
}

/// Set the names that are sent.
#[utoipa::path(
    context_path = "",
    tag = "auth",
    params(IfMatch),
    request_body = UpdateUserDetails,
    responses((status = 200, description = "The user.", body = UserDetails)),
    security(("bearer" = []), ("api_key" = []), ("cookie" = [])),
)]
#[patch("/user/")]
pub(crate) async fn update_user_details(
    request: HttpRequest,
    user: User,
    api: web::Data<Api>,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let profile = read_some(body.read(AUTH_LIMIT).await?.changes()?)?;
    update(&api, &request, &user, profile).await
}

async fn update(
    api: &Api,
    request: &HttpRequest,
    user: &User,
    profile: UpdateProfile,
) -> Result<HttpResponse, Problem> {
    let account = &user.account;
    let expected = UserDetails::representation(account).expected(request, account.version)?;
    let users = &api.app.users;
    let updated = users.update_profile(account.id, profile, expected).await?;
    Ok(UserDetails::representation(&updated).answer(StatusCode::OK))
}
