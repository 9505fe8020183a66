use actix_web::http::StatusCode;
use actix_web::{HttpResponse, post, web};
use utoipa::ToSchema;

use super::error::Failure;
use super::shapes::{Done, ErrorObject};
use super::step_up;
use crate::answer;
use crate::api::Api;
use crate::auth::CookieUser;
use crate::body::{AUTH_LIMIT, Body};
use crate::cookies;
use crate::fields::{Fields, secret};

/// What may be sent along.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "documents what the handler reads")]
pub(super) struct Deletion {
    /// The current password; needed where the service demands a step-up.
    #[schema(write_only)]
    current_password: Option<String>,
}

/// Permanently delete the account with everything in it.
#[utoipa::path(
    context_path = "",
    tag = "users and profile",
    request_body = Option<Deletion>,
    responses(
        (status = 200, description = "Nothing of the account is left.", body = Done),
        ErrorObject,
    ),
    security(("cookie" = [])),
)]
#[post("/api/user/delete/")]
pub(super) async fn delete_user(
    user: CookieUser,
    api: web::Data<Api>,
    body: Body,
) -> Result<HttpResponse, Failure> {
    let object = body.read(AUTH_LIMIT).await?.object()?;
    let password = Fields::read_known(object, |f| f.nullable(step_up::FIELD, secret))?;
    let proof = step_up::proof(&api, password.as_ref());
    api.app.personal_data.delete_account(&user.0, proof).await?;
    let message = "The account has been deleted.";
    let mut response = answer::json(StatusCode::OK, &Done { message });
    cookies::sign_out(&api, &mut response)?;
    Ok(response)
}
