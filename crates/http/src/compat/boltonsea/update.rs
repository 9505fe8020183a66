use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, put, web};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use vestibule_domain::kernel::{Patch, Secret};
use vestibule_domain::preferences::{Country, PreferenceChanges};
use vestibule_domain::users::{EmailAddress, OtherId, PersonName, UpdateProfile};

use super::error::Failure;
use super::shapes::{ErrorObject, UserObject};
use super::step_up;
use crate::answer;
use crate::api::Api;
use crate::auth::{Caller, origin};
use crate::body::{Body, JSON_LIMIT};
use crate::fields::{Fields, secret, string};
use crate::problem::Problem;

/// The user's data; absent optional fields stay.
#[derive(ToSchema)]
#[schema(example = json!({
    "country_id": "CA", "email": "smith@cool.com", "first_name": "Smith", "last_name": "Pierre",
    "other_id": "12a3x34"
}))]
#[expect(dead_code, reason = "documents what `read` reads")]
pub(super) struct UpdateUser {
    /// Country of ISO 3166-1, alpha-2.
    country_id: String,
    /// The address; another one counts when it is confirmed by mail.
    #[schema(format = Email)]
    email: String,
    /// First name.
    first_name: String,
    /// Last name.
    last_name: Option<String>,
    /// The id in an external system; null removes it.
    other_id: Option<String>,
}

struct Update {
    email: EmailAddress,
    profile: UpdateProfile,
    password: Option<Secret>,
}

fn read(body: Map<String, Value>) -> Result<Update, Problem> {
    Fields::read_known(body, |f| {
        let country = f.required("country_id", string(Country::parse));
        let email = f.required("email", string(EmailAddress::parse));
        let first_name = f.required("first_name", string(PersonName::parse));
        let last_name = f.nullable("last_name", string(PersonName::parse));
        let other_id = f.patch("other_id", string(OtherId::parse));
        let password = f.nullable(step_up::FIELD, secret);
        Ok(Update {
            email: email?,
            profile: UpdateProfile {
                first_name: Some(first_name?),
                last_name: last_name?,
                other_id: other_id?,
                preferences: PreferenceChanges {
                    country: Patch::Set(country?),
                    ..PreferenceChanges::default()
                },
                ..UpdateProfile::default()
            },
            password: password?,
        })
    })
}

/// Update the current user.
///
/// Another e-mail address is confirmed by mail; until then it shows as before.
#[utoipa::path(
    context_path = "",
    tag = "users",
    request_body = UpdateUser,
    responses(
        (status = 200, description = "The user.", body = UserObject),
        (status = "default", description = "Refused, or failed.", body = ErrorObject),
    ),
    security(("bearer" = []), ("api_key" = []), ("cookie" = [])),
)]
#[put("/users/")]
pub(super) async fn update_user(
    request: HttpRequest,
    caller: Caller,
    api: web::Data<Api>,
    body: Body,
) -> Result<HttpResponse, Failure> {
    let user = caller.user()?;
    let update = read(body.read(JSON_LIMIT).await?.object()?)?;
    if update.email.canonical() != user.email.canonical() {
        let proof = step_up::proof(&api, update.password.as_ref());
        let (session, origin) = (caller.session()?, origin(&request));
        let contact = &api.app.contact;
        contact
            .start_email_change(session, update.email, proof, &origin, |_| None)
            .await?;
    }
    let users = &api.app.users;
    let account = users.update_profile(user.id, update.profile, None).await?;
    Ok(answer::json(StatusCode::OK, &UserObject::from(&*account)))
}
