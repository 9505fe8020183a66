use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, post, web};
use serde::Serialize;
use utoipa::ToSchema;

use crate::answer;
use crate::api::Api;
use crate::auth::{SessionUser, origin};
use crate::problem::Problem;

/// How many sessions were revoked.
#[derive(Serialize, ToSchema)]
pub(crate) struct Revoked {
    /// Sessions that were listed, and are over now.
    #[schema(minimum = 0)]
    revoked: u64,
}

/// Revoke all other sessions.
///
/// Every session of yours but the one that asks is over.
#[utoipa::path(
    context_path = "",
    tag = "sessions",
    responses((status = 200, description = "They are over.", body = Revoked)),
    security(("bearer" = []), ("cookie" = [])),
)]
#[post("/me/sessions/revoke-others/")]
pub(crate) async fn revoke_other_sessions(
    request: HttpRequest,
    user: SessionUser,
    api: web::Data<Api>,
) -> Result<HttpResponse, Problem> {
    let origin = origin(&request);
    let revoked = api.app.sessions.revoke_others(&user.0, &origin).await?;
    Ok(answer::json(StatusCode::OK, &Revoked { revoked }))
}
