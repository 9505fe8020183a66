use actix_web::http::{StatusCode, header};
use actix_web::{FromRequest, HttpRequest, dev};
use vestibule_domain::sessions::SignedIn;

use super::{Credential, Extracted, api, by_cookie, credential};
use crate::problem::Problem;

/// A user in a session, by its cookie alone: a request that bears an access
/// token or a key is refused (401), with the cookie beside it, too.
pub(crate) struct CookieUser(pub(crate) SignedIn);

impl FromRequest for CookieUser {
    type Error = Problem;
    type Future = Extracted<Self>;

    fn from_request(request: &HttpRequest, _: &mut dev::Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let api = api(&request)?;
            match credential(&request, api.cookie_name()) {
                Ok(Credential::Cookie(cookie)) => by_cookie(&request, api, &cookie).await.map(Self),
                Ok(Credential::Bearer(_) | Credential::Key(_)) | Err(_) => Err(cookie_required()),
            }
        })
    }
}

fn cookie_required() -> Problem {
    Problem::new(
        StatusCode::UNAUTHORIZED,
        "session_cookie_required",
        "This takes the session cookie that a login sets, and no token or key beside it.",
    )
    .with(header::WWW_AUTHENTICATE, "Bearer realm=\"vestibule\"")
}
