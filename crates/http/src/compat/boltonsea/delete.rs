use actix_web::{HttpResponse, delete, web};

use super::error::Failure;
use super::shapes::ErrorObject;
use super::step_up;
use crate::api::Api;
use crate::auth::SessionUser;
use crate::body::{AUTH_LIMIT, Body};
use crate::cookies;
use crate::fields::{Fields, secret};

/// Delete the current user.
#[utoipa::path(
    context_path = "",
    tag = "users",
    responses(
        (status = 204, description = "Nothing of the user is left."),
        (status = 409, description = "The user is the only owner of an account with other members.", body = ErrorObject),
        (status = "default", description = "Refused, or failed.", body = ErrorObject),
    ),
    security(("bearer" = []), ("cookie" = [])),
)]
#[delete("/users/")]
pub(super) async fn delete_user(
    user: SessionUser,
    api: web::Data<Api>,
    body: Body,
) -> Result<HttpResponse, Failure> {
    let object = body.read(AUTH_LIMIT).await?.object()?;
    let password = Fields::read_known(object, |f| f.nullable(step_up::FIELD, secret))?;
    let proof = step_up::proof(&api, password.as_ref());
    api.app.personal_data.delete_account(&user.0, proof).await?;
    let mut response = HttpResponse::NoContent().finish();
    cookies::sign_out(&api, &mut response)?;
    Ok(response)
}
