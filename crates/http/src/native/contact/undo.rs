use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, post, web};
use utoipa::ToSchema;

use crate::answer;
use crate::api::Api;
use crate::auth::origin;
use crate::body::{AUTH_LIMIT, Body};
use crate::fields::{Fields, secret};
use crate::native::auth::Detail;
use crate::problem::Problem;

/// The token of the notice to the old address.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "documents what the handler reads")]
pub(crate) struct EmailChangeUndo {
    /// Token.
    #[schema(min_length = 1)]
    token: String,
}

/// Undo a change of the e-mail address.
///
/// By the token of the notice to the old address, for 72 hours; works once.
/// The old address is restored, sessions and keys end, and the password is
/// gone: a link that sets a new one is mailed to the restored address.
#[utoipa::path(
    context_path = "",
    tag = "contact",
    request_body = EmailChangeUndo,
    responses((status = 200, description = "The old address is restored.", body = Detail)),
)]
#[post("/me/email-change/undo/")]
pub(crate) async fn undo_email_change(
    request: HttpRequest,
    api: web::Data<Api>,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let object = body.read(AUTH_LIMIT).await?.object()?;
    let token = Fields::read(object, &[], |f| f.required("token", secret))?;
    api.app
        .contact
        .undo_email_change(&token, &origin(&request))
        .await?;
    let detail = Detail::new(
        "The old e-mail address has been restored. Choose a new password by the link that was mailed to it.",
    );
    Ok(answer::json(StatusCode::OK, &detail))
}
