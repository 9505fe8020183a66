use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, post, web};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use vestibule_domain::credentials::Provision;
use vestibule_domain::preferences::Country;
use vestibule_domain::users::{Account, EmailAddress, OtherId, PersonName};

use super::error::Failure;
use super::shapes::{ErrorObject, UserObject};
use crate::api::Api;
use crate::auth::{ServiceKey, UsersWrite};
use crate::body::{Body, JSON_LIMIT};
use crate::fields::{Fields, string};
use crate::idempotency::{Attempt, KeptAnswer, begin};
use crate::params::IdempotencyKey;
use crate::problem::Problem;

/// A user to make.
#[derive(ToSchema)]
#[schema(example = json!({
    "country_id": "CA", "email": "daniel@sajmx.com", "first_name": "Jamie", "last_name": "Jackson",
    "other_id": "sdh23yv3bobe6yob82"
}))]
#[expect(dead_code, reason = "documents what `read` reads")]
pub(super) struct CreateUser {
    /// Country of ISO 3166-1, alpha-2.
    country_id: Option<String>,
    /// The address; an invitation to set a password goes there.
    #[schema(format = Email)]
    email: String,
    /// First name.
    first_name: Option<String>,
    /// Last name.
    last_name: Option<String>,
    /// The id in an external system.
    other_id: Option<String>,
}

fn read(body: Map<String, Value>) -> Result<Provision, Problem> {
    Fields::read_known(body, |f| {
        let country = f.nullable("country_id", string(Country::parse));
        let email = f.required("email", string(EmailAddress::parse));
        let first_name = f.nullable("first_name", string(PersonName::parse));
        let last_name = f.nullable("last_name", string(PersonName::parse));
        let other_id = f.nullable("other_id", string(OtherId::parse));
        Ok(Provision {
            email: email?,
            first_name: first_name?.unwrap_or_default(),
            last_name: last_name?.unwrap_or_default(),
            country: country?,
            other_id: other_id?,
        })
    })
}

/// Create a new user.
///
/// The user gets a letter with a link that sets the password.
#[utoipa::path(
    context_path = "",
    tag = "users",
    request_body = CreateUser,
    params(IdempotencyKey),
    responses(
        (status = 201, description = "The new user.", body = UserObject),
        (status = 409, description = "An account with this e-mail address exists.", body = ErrorObject),
        (status = "default", description = "Refused, or failed.", body = ErrorObject),
    ),
    security(("api_key" = [])),
)]
#[post("/users/")]
pub(super) async fn create_user(
    request: HttpRequest,
    key: ServiceKey<UsersWrite>,
    api: web::Data<Api>,
    body: Body,
) -> Result<HttpResponse, Failure> {
    let body = body.read(JSON_LIMIT).await?;
    let provision = read(body.object()?)?;
    let permit = match begin(&api, &request, key.once_scope(), &body).await? {
        Attempt::Replay(response) => return Ok(response),
        Attempt::Run(permit) => permit,
    };
    let answer =
        |account: &Account| KeptAnswer::plain(StatusCode::CREATED, &UserObject::from(account));
    let credentials = &api.app.credentials;
    let account = credentials
        .provision(provision, key.id(), |account| {
            let kept = answer(account);
            permit.once(move |()| kept.clone())
        })
        .await?;
    Ok(answer(&account).respond())
}
