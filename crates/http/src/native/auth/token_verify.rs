use actix_web::http::StatusCode;
use actix_web::{HttpResponse, post, web};
use utoipa::ToSchema;
use vestibule_domain::sessions::AuthError;

use crate::answer;
use crate::api::Api;
use crate::body::{AUTH_LIMIT, Body};
use crate::fields::{Fields, secret};
use crate::native::auth::Empty;
use crate::problem::Problem;

/// A token to verify.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "documents what the handler reads")]
pub(crate) struct VerifyRequest {
    /// Access or refresh token.
    #[schema(min_length = 1)]
    token: String,
}

/// Verify a token.
///
/// Whether an access or refresh token would be accepted right now.
#[utoipa::path(
    context_path = "",
    tag = "auth",
    request_body = VerifyRequest,
    responses(
        (status = 200, description = "The token is valid.", body = Empty),
        (status = 401, description = "The token is not valid.", body = crate::problem::ProblemDocument, content_type = "application/problem+json"),
    ),
)]
#[post("/token/verify/")]
pub(crate) async fn token_verify(api: web::Data<Api>, body: Body) -> Result<HttpResponse, Problem> {
    let object = body.read(AUTH_LIMIT).await?.object()?;
    let token = Fields::read(object, &[], |f| f.required("token", secret))?;
    match api.app.sessions.verify(&token).await {
        Ok(()) => Ok(answer::json(StatusCode::OK, &Empty {})),
        Err(AuthError::Invalid) => Err(Problem::invalid_token()),
        Err(AuthError::Store(error)) => Err(error.into()),
    }
}
