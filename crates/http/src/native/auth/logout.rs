use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, post, web};

use crate::answer;
use crate::api::Api;
use crate::auth::{SessionUser, origin};
use crate::cookies;
use crate::native::auth::Detail;
use crate::problem::Problem;

/// Log out.
///
/// Ends this session: its access tokens, refresh tokens and cookie.
#[utoipa::path(
    context_path = "",
    tag = "auth",
    responses((status = 200, description = "Signed out.", body = Detail)),
    security(("bearer" = []), ("cookie" = [])),
)]
#[post("/logout/")]
pub(crate) async fn logout(
    request: HttpRequest,
    user: SessionUser,
    api: web::Data<Api>,
) -> Result<HttpResponse, Problem> {
    api.app.sessions.logout(&user.0, &origin(&request)).await?;
    let mut response = answer::json(StatusCode::OK, &Detail::new("Successfully logged out."));
    cookies::sign_out(&api, &mut response)?;
    Ok(response)
}
