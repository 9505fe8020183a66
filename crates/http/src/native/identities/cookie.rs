//! The cookie that binds a link or sign-in to the browser that began it.

use actix_web::cookie::time::OffsetDateTime;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use utoipa::ToSchema;
use vestibule_domain::identities::Departure;
use vestibule_domain::kernel::Secret;

use crate::answer;
use crate::api::Api;
use crate::problem::Problem;

/// Where to send the user.
#[derive(Serialize, ToSchema)]
pub(crate) struct DepartureAnswer<'a> {
    /// The provider's page; open it in the same browser.
    authorization_url: &'a str,
}

fn name(api: &Api) -> &'static str {
    if api.is_https() {
        "__Host-vestibule_identity"
    } else {
        "vestibule_identity"
    }
}

/// Not `Strict`: the provider's page sends the browser back here.
fn build<'a>(api: &Api, value: &'a str) -> Cookie<'a> {
    Cookie::build(name(api), value)
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(api.is_https())
        .finish()
}

/// Tells where to go, and gives the browser its cookie.
pub(super) fn departs(api: &Api, departure: &Departure) -> Result<HttpResponse, Problem> {
    let body = DepartureAnswer {
        authorization_url: &departure.authorization_url,
    };
    let mut response = answer::json(StatusCode::OK, &body);
    let mut cookie = build(api, departure.cookie.expose());
    cookie.set_expires(OffsetDateTime::from_unix_timestamp(departure.expires_at.as_seconds()).ok());
    add(&mut response, &cookie)?;
    Ok(response)
}

/// What the browser brought back.
pub(super) fn brought(api: &Api, request: &HttpRequest) -> Option<Secret> {
    request
        .cookie(name(api))
        .map(|cookie| Secret::new(cookie.value()))
}

/// Takes the cookie back.
pub(super) fn remove(api: &Api, response: &mut HttpResponse) -> Result<(), Problem> {
    let mut cookie = build(api, "");
    cookie.make_removal();
    add(response, &cookie)
}

fn add(response: &mut HttpResponse, cookie: &Cookie<'_>) -> Result<(), Problem> {
    // A cookie of base64 characters is always a valid header.
    response.add_cookie(cookie).map_err(|_| Problem::internal())
}
