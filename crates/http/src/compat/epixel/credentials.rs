//! Both headers of the document: the application's key and the user's token.

use std::future::Future;
use std::pin::Pin;

use actix_web::{FromRequest, HttpRequest, dev};
use utoipa::IntoParams;
use vestibule_domain::api_keys::Scope;
use vestibule_domain::sessions::SignedIn;

use super::error::Failure;
use crate::auth::{by_bearer, key_in};
use crate::problem::Problem;

const HEADER: &str = "apikey";

/// The header that every call takes besides the access token.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "documents what the extractor reads")]
pub(super) struct AppKey {
    /// An API key with the scope `app`: which application calls.
    apikey: String,
}

/// A user in a session, whose client is a known application.
pub(super) struct AppUser(pub(super) SignedIn);

impl FromRequest for AppUser {
    type Error = Failure;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Failure>>>>;

    fn from_request(request: &HttpRequest, _: &mut dev::Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            if !request.headers().contains_key(HEADER) {
                let missing = "Send the application's API key in the header apikey.";
                return Err(Problem::unauthenticated().saying(missing).into());
            }
            let key = key_in(&request, HEADER).await?;
            if !key.allows(Scope::App) {
                let other = "The API key in the header apikey needs the scope app.";
                return Err(Problem::invalid_token().saying(other).into());
            }
            Ok(Self(by_bearer(&request).await?))
        })
    }
}
