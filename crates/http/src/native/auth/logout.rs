use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, post, web};

use crate::answer;
use crate::api::Api;
use crate::auth::{SessionUser, origin};
use crate::cookies;
use crate::native::auth::Detail;
use crate::problem::Problem;

/// What browsers forget at a logout: what they keep of private answers, and what
/// a front end of this origin has stored. Not `cookies`, which would take those
/// of every host below the same registrable domain, and the device cookie with
/// them: the session's own cookie is removed by name.
const CLEARED: HeaderValue = HeaderValue::from_static("\"cache\", \"storage\"");

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
    response
        .headers_mut()
        .insert(HeaderName::from_static("clear-site-data"), CLEARED);
    cookies::remove_session(&api, &mut response)?;
    Ok(response)
}
