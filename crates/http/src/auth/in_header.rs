//! Credentials of which the header is said, for dialects.

use actix_web::http::header;
use actix_web::{FromRequest as _, HttpRequest};
use vestibule_domain::api_keys::HeldKey;
use vestibule_domain::sessions::SignedIn;

use super::{SessionUser, accept_key, api, single};
use crate::problem::Problem;

/// The API key in a header of its own; 401 without a valid one.
pub(crate) async fn key_in(request: &HttpRequest, header: &str) -> Result<HeldKey, Problem> {
    let key = single(request.headers(), header)?;
    let key = key.ok_or_else(Problem::unauthenticated)?;
    accept_key(request, api(request)?, key).await
}

/// The user of the access token in `Authorization`, whatever other credential
/// the request carries; 401 without a valid one, 403 for every key.
pub(crate) async fn by_bearer(request: &HttpRequest) -> Result<SignedIn, Problem> {
    if !request.headers().contains_key(header::AUTHORIZATION) {
        return Err(Problem::unauthenticated());
    }
    Ok(SessionUser::extract(request).await?.0)
}
