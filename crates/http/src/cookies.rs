//! The two cookies: of the session, and of the device.

use actix_web::cookie::time::{Duration, OffsetDateTime};
use actix_web::cookie::{Cookie, SameSite};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse};
use vestibule_domain::kernel::Secret;
use vestibule_domain::sessions::Grant;

use crate::api::Api;
use crate::problem::Problem;

/// Browsers keep no cookie longer than 400 days; what is in it is good for one
/// year.
const DEVICE_DAYS: i64 = 365;

/// What the client keeps of earlier logins.
pub(crate) fn device(api: &Api, request: &HttpRequest) -> Option<Secret> {
    let cookie = request.cookie(api.device_cookie_name())?;
    Some(Secret::new(cookie.value()))
}

/// Hands out the cookies of a registration or login.
pub(crate) fn hand_out(
    api: &Api,
    response: &mut HttpResponse,
    grant: &Grant,
    with_session: bool,
) -> Result<(), Problem> {
    if let Some(value) = grant.cookie.as_ref().filter(|_| with_session) {
        let mut cookie = secure(api, api.cookie_name(), value.expose());
        let ends = OffsetDateTime::from_unix_timestamp(grant.refresh_expires_at.as_seconds());
        cookie.set_expires(ends.ok());
        add(response, &cookie)?;
    }
    keep_device(api, response, grant.device.as_ref())
}

/// Replaces what the client keeps of earlier logins.
pub(crate) fn keep_device(
    api: &Api,
    response: &mut HttpResponse,
    device: Option<&Secret>,
) -> Result<(), Problem> {
    let Some(value) = device else {
        return Ok(());
    };
    let mut cookie = secure(api, api.device_cookie_name(), value.expose());
    cookie.set_max_age(Duration::days(DEVICE_DAYS));
    add(response, &cookie)
}

/// What browsers forget at a logout: what they keep of private answers, and what
/// a front end of this origin has stored. Not `cookies`, which would take those
/// of every host below the same registrable domain, and the device cookie with
/// them: the session's own cookie is removed by name.
const CLEARED: HeaderValue = HeaderValue::from_static("\"cache\", \"storage\"");

/// Lets the browser forget who was signed in. The cookie of the device stays: it
/// proves that somebody was signed in here, not that somebody is.
pub(crate) fn sign_out(api: &Api, response: &mut HttpResponse) -> Result<(), Problem> {
    response
        .headers_mut()
        .insert(HeaderName::from_static("clear-site-data"), CLEARED);
    let mut cookie = secure(api, api.cookie_name(), "");
    cookie.make_removal();
    add(response, &cookie)
}

fn secure<'a>(api: &Api, name: &'static str, value: &'a str) -> Cookie<'a> {
    Cookie::build(name, value)
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(api.is_https())
        .finish()
}

fn add(response: &mut HttpResponse, cookie: &Cookie<'_>) -> Result<(), Problem> {
    // What the service makes itself is always a valid header.
    response.add_cookie(cookie).map_err(|_| Problem::internal())
}
