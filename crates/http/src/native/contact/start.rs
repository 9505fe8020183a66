use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, post, web};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use vestibule_domain::credentials::Proof;
use vestibule_domain::kernel::Secret;
use vestibule_domain::users::EmailAddress;

use crate::api::Api;
use crate::auth::{SessionUser, origin};
use crate::body::{AUTH_LIMIT, Body};
use crate::fields::{Fields, secret, string};
use crate::idempotency::{Attempt, KeptAnswer, begin};
use crate::native::contact::object::EmailChangeObject;
use crate::params::IdempotencyKey;
use crate::problem::Problem;

/// A new e-mail address.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"email": "new@example.com", "current_password": "correct horse battery"}))]
#[expect(dead_code, reason = "documents what `read` reads")]
pub(crate) struct EmailChangeRequest {
    /// The new address.
    #[schema(format = Email, min_length = 3, max_length = 254)]
    email: String,
    /// The current password; not needed within 5 minutes of a login.
    #[schema(write_only, min_length = 1, max_length = 256)]
    current_password: Option<String>,
}

fn read(object: Map<String, Value>) -> Result<(EmailAddress, Option<Secret>), Problem> {
    Fields::read(object, &[], |f| {
        let email = f.required("email", string(EmailAddress::parse));
        let password = f.nullable("current_password", secret);
        Ok((email?, password?))
    })
}

/// Start a change of the e-mail address.
///
/// The new address gets a link and a code of six digits. Until one of them is
/// used, the account keeps its address. Asked again with the same address,
/// both are mailed anew, and the earlier ones are dead; another address takes
/// the place of the first. The answer is the same whether or not somebody has
/// the address; the confirmation tells (409).
#[utoipa::path(
    context_path = "",
    tag = "contact",
    request_body = EmailChangeRequest,
    params(IdempotencyKey),
    responses((status = 202, description = "The change waits for its proof.", body = EmailChangeObject)),
    security(("bearer" = []), ("cookie" = [])),
)]
#[post("/me/email-change/")]
pub(crate) async fn start_email_change(
    request: HttpRequest,
    user: SessionUser,
    api: web::Data<Api>,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let body = body.read(AUTH_LIMIT).await?;
    let (email, password) = read(body.object()?)?;
    let permit = match begin(&api, &request, user.once_scope(), &body).await? {
        Attempt::Replay(response) => return Ok(response),
        Attempt::Run(permit) => permit,
    };
    let origin = origin(&request);
    let proof = Proof::Demanded(password.as_ref());
    let change = api
        .app
        .contact
        .start_email_change(&user.0, email, proof, &origin, |change| {
            let kept = KeptAnswer::object(StatusCode::ACCEPTED, &EmailChangeObject::from(change));
            permit.once(move |()| kept.clone())
        })
        .await?;
    let answer = KeptAnswer::object(StatusCode::ACCEPTED, &EmailChangeObject::from(&change));
    Ok(answer.respond())
}
