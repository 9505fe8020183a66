use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, post, web};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use vestibule_domain::kernel::Secret;
use vestibule_domain::users::EmailAddress;

use super::error::Failure;
use super::shapes::{Done, ErrorObject};
use super::step_up;
use crate::answer;
use crate::api::Api;
use crate::auth::{SessionUser, origin};
use crate::body::{AUTH_LIMIT, Body};
use crate::fields::{Fields, secret, string};
use crate::problem::Problem;

/// The new address.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"email": "new@example.com"}))]
#[expect(dead_code, reason = "documents what `read` reads")]
pub(super) struct ChangeEmail {
    /// The new address; `newEmail` is another name for it.
    #[schema(format = Email)]
    email: String,
    /// The current password; needed where the service demands a step-up.
    #[schema(write_only)]
    current_password: Option<String>,
}

fn read(object: Map<String, Value>) -> Result<(EmailAddress, Option<Secret>), Problem> {
    let other = !object.contains_key("email") && object.contains_key("newEmail");
    let name = if other { "newEmail" } else { "email" };
    Fields::read_known(object, |f| {
        let email = f.required(name, string(EmailAddress::parse));
        let password = f.nullable(step_up::FIELD, secret);
        Ok((email?, password?))
    })
}

/// Request a change of the e-mail address.
///
/// The new address gets a confirmation; until it is used, the old one stays.
#[utoipa::path(
    context_path = "",
    tag = "users and profile",
    request_body = ChangeEmail,
    responses(
        (status = 200, description = "The confirmation is on its way.", body = Done),
        ErrorObject,
    ),
    security(("bearer" = []), ("cookie" = [])),
)]
#[post("/api/user/change-email/request/")]
pub(super) async fn request_email_change(
    request: HttpRequest,
    user: SessionUser,
    api: web::Data<Api>,
    body: Body,
) -> Result<HttpResponse, Failure> {
    let (email, password) = read(body.read(AUTH_LIMIT).await?.object()?)?;
    let proof = step_up::proof(&api, password.as_ref());
    let contact = &api.app.contact;
    contact
        .start_email_change(&user.0, email, proof, &origin(&request), |_| None)
        .await?;
    let message = "A confirmation has been sent to the new address.";
    Ok(answer::json(StatusCode::OK, &Done { message }))
}
