use actix_web::http::StatusCode;
use actix_web::{HttpResponse, put, web};
use serde_json::Value;
use utoipa::ToSchema;
use vestibule_domain::kernel::Invalid;
use vestibule_domain::organizations::OrganizationNumber;

use super::error::{Failure, unknown_account};
use super::shapes::{ErrorObject, UserObject};
use crate::answer;
use crate::api::Api;
use crate::auth::User;
use crate::body::{Body, JSON_LIMIT};
use crate::fields::{Fields, integer};

/// The new default account.
#[derive(ToSchema)]
#[schema(example = json!({"organization_id": 113}))]
#[expect(dead_code, reason = "documents what the handler reads")]
pub(super) struct DefaultAccount {
    /// The number of the account; its digits as a string will do.
    organization_id: i64,
}

/// The document calls the number an integer, and prints it as a string.
fn number(value: Value) -> Result<OrganizationNumber, Invalid> {
    match value {
        Value::String(text) if text.bytes().all(|b| b.is_ascii_digit()) => {
            let number = text.parse().map_err(|_| unknown_account())?;
            OrganizationNumber::new(number)
        }
        other => integer(OrganizationNumber::new)(other),
    }
}

/// Update the current user's default account.
#[utoipa::path(
    context_path = "",
    tag = "users",
    request_body = DefaultAccount,
    responses(
        (status = 200, description = "The user.", body = UserObject),
        (status = "default", description = "Refused, or failed.", body = ErrorObject),
    ),
    security(("bearer" = []), ("api_key" = []), ("cookie" = [])),
)]
#[put("/users/default-account/")]
pub(super) async fn set_default_account(
    user: User,
    api: web::Data<Api>,
    body: Body,
) -> Result<HttpResponse, Failure> {
    let object = body.read(JSON_LIMIT).await?.object()?;
    let number = Fields::read_known(object, |f| f.required("organization_id", number))?;
    let organizations = &api.app.organizations;
    let view = organizations.set_default_by_number(user.id(), number);
    let default = view.await?.as_default();
    let object = UserObject::with(&user.account, Some(&default));
    Ok(answer::json(StatusCode::OK, &object))
}
