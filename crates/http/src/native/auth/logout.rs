use actix_web::cookie::Cookie;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, post, web};

use crate::answer;
use crate::api::Api;
use crate::auth::{SessionUser, origin};
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
    response.headers_mut().insert(
        HeaderName::from_static("clear-site-data"),
        HeaderValue::from_static("\"cache\", \"cookies\", \"storage\""),
    );
    let mut cookie = Cookie::build(api.cookie_name(), "")
        .path("/")
        .http_only(true)
        .secure(api.is_https())
        .finish();
    cookie.make_removal();
    response
        .add_cookie(&cookie)
        .map_err(|_| Problem::internal())?;
    Ok(response)
}
