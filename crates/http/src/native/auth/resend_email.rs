use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, post, web};
use utoipa::ToSchema;
use vestibule_domain::idempotency::OnceScope;
use vestibule_domain::users::EmailAddress;

use crate::api::Api;
use crate::body::{AUTH_LIMIT, Body, JsonBody};
use crate::fields::{Fields, string};
use crate::idempotency::{KeptAnswer, answer_once};
use crate::native::auth::Detail;
use crate::params::IdempotencyKey;
use crate::problem::Problem;

/// An address that a mail is wanted for.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "documents what the handlers read")]
pub(crate) struct MailRequest {
    /// E-mail address.
    #[schema(format = Email, max_length = 254)]
    email: String,
}

impl MailRequest {
    /// The address that is asked for.
    pub(crate) fn read(body: &JsonBody) -> Result<EmailAddress, Problem> {
        Fields::read(body.object()?, &[], |f| {
            f.required("email", string(EmailAddress::parse))
        })
    }
}

/// Mail the verification key again.
///
/// The answer is the same for any address; an earlier key is dead.
#[utoipa::path(
    context_path = "",
    tag = "auth",
    request_body = MailRequest,
    params(IdempotencyKey),
    responses((status = 200, description = "Sent, if there is anything to verify.", body = Detail)),
)]
#[post("/registration/resend-email/")]
pub(crate) async fn resend_email(
    request: HttpRequest,
    api: web::Data<Api>,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let body = body.read(AUTH_LIMIT).await?;
    let email = MailRequest::read(&body)?;
    let scope = OnceScope::Anonymous;
    answer_once(
        &api,
        &request,
        scope,
        &body,
        |_, ()| answer(),
        |once| api.app.credentials.resend_verification(&email, once),
    )
    .await
}

fn answer() -> KeptAnswer {
    let detail = Detail::new("If the address waits for verification, a mail is on its way.");
    KeptAnswer::plain(StatusCode::OK, &detail)
}
