use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, delete, put, web};
use utoipa::ToSchema;
use vestibule_domain::kernel::Version;

use crate::api::Api;
use crate::auth::{SessionUser, origin};
use crate::body::{Body, JSON_LIMIT};
use crate::fields::{Fields, string};
use crate::me::Me;
use crate::params::IfMatch;
use crate::problem::Problem;

/// A phone number.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"phone_number": "+15551234567"}))]
#[expect(dead_code, reason = "documents what the handler reads")]
pub(crate) struct PhoneNumberRequest {
    /// In the international form of E.164.
    #[schema(min_length = 8, max_length = 16, pattern = "^\\+[1-9][0-9]{6,14}$")]
    phone_number: String,
}

/// Set the phone number.
///
/// A number that can exist is enough; it need not be assigned.
#[utoipa::path(
    context_path = "",
    tag = "contact",
    request_body = PhoneNumberRequest,
    responses((status = 200, description = "The user.", body = Me)),
    params(IfMatch),
    security(("bearer" = []), ("cookie" = [])),
)]
#[put("/me/phone-number/")]
pub(crate) async fn set_phone_number(
    request: HttpRequest,
    user: SessionUser,
    api: web::Data<Api>,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let contact = &api.app.contact;
    let object = body.read(JSON_LIMIT).await?.object()?;
    let number = Fields::read(object, &[], |f| {
        f.required("phone_number", string(|raw| contact.parse_phone(raw)))
    })?;
    let expected = expected(&api, &user, &request)?;
    let account = contact
        .set_phone(&user.0, Some(number), expected, &origin(&request))
        .await?;
    Ok(api
        .me
        .representation(&account, &api.app)
        .answer(StatusCode::OK))
}

/// Remove the phone number.
#[utoipa::path(
    context_path = "",
    tag = "contact",
    responses((status = 204, description = "There is no phone number any more.")),
    params(IfMatch),
    security(("bearer" = []), ("cookie" = [])),
)]
#[delete("/me/phone-number/")]
pub(crate) async fn delete_phone_number(
    request: HttpRequest,
    user: SessionUser,
    api: web::Data<Api>,
) -> Result<HttpResponse, Problem> {
    let expected = expected(&api, &user, &request)?;
    api.app
        .contact
        .set_phone(&user.0, None, expected, &origin(&request))
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// The version that the client insists on, by the tag of `me` as it saw it.
fn expected(
    api: &Api,
    user: &SessionUser,
    request: &HttpRequest,
) -> Result<Option<Version>, Problem> {
    let account = &user.0.account;
    api.me
        .representation(account, &api.app)
        .expected(request, account.version)
}
