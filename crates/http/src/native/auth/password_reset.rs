use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, post, web};
use vestibule_domain::idempotency::OnceScope;

use crate::api::Api;
use crate::auth::origin;
use crate::body::{AUTH_LIMIT, Body};
use crate::idempotency::{KeptAnswer, answer_once};
use crate::native::auth::Detail;
use crate::native::auth::resend_email::MailRequest;
use crate::params::IdempotencyKey;
use crate::problem::Problem;

/// Ask for a password reset.
///
/// The answer is the same for any address; the mailed link works once, for 15 minutes.
#[utoipa::path(
    context_path = "",
    tag = "auth",
    request_body = MailRequest,
    params(IdempotencyKey),
    responses((status = 200, description = "Sent, if there is such an account.", body = Detail)),
)]
#[post("/password/reset/")]
pub(crate) async fn password_reset(
    request: HttpRequest,
    api: web::Data<Api>,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let body = body.read(AUTH_LIMIT).await?;
    let email = MailRequest::read(&body)?;
    let origin = origin(&request);
    let scope = OnceScope::Anonymous;
    answer_once(
        &api,
        &request,
        scope,
        &body,
        |_, ()| answer(),
        |once| api.app.credentials.request_reset(&email, &origin, once),
    )
    .await
}

fn answer() -> KeptAnswer {
    let detail = Detail::new("Password reset e-mail has been sent.");
    KeptAnswer::plain(StatusCode::OK, &detail)
}
