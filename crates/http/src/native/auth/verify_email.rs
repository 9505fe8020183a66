use actix_web::http::StatusCode;
use actix_web::{HttpResponse, post, web};
use utoipa::ToSchema;

use crate::answer;
use crate::api::Api;
use crate::body::{AUTH_LIMIT, Body};
use crate::fields::{Fields, secret};
use crate::native::auth::Empty;
use crate::problem::Problem;

/// The key of a verification mail.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "documents what the handler reads")]
pub(crate) struct VerifyEmailRequest {
    /// Key.
    #[schema(min_length = 1)]
    key: String,
}

/// Verify the e-mail address.
///
/// Proves the address by the key that was mailed to it; works once, for 24 hours.
#[utoipa::path(
    context_path = "",
    tag = "auth",
    request_body = VerifyEmailRequest,
    responses((status = 200, description = "The address is verified.", body = Empty)),
)]
#[post("/registration/verify-email/")]
pub(crate) async fn verify_email(api: web::Data<Api>, body: Body) -> Result<HttpResponse, Problem> {
    let object = body.read(AUTH_LIMIT).await?.object()?;
    let key = Fields::read(object, &[], |f| f.required("key", secret))?;
    api.app.credentials.verify_email(&key).await?;
    Ok(answer::json(StatusCode::OK, &Empty {}))
}
