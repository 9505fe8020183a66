//! Pictures of users.

pub(super) mod delete;
pub(super) mod from_url;
pub(super) mod media;
pub(super) mod of_user;
mod picture;
pub(super) mod upload;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;
use vestibule_domain::users::Account;

use crate::answer;
use crate::api::Api;

/// Where the picture is.
#[derive(Serialize, ToSchema)]
pub(crate) struct Avatar {
    /// Absolute URL of the picture; `?size=64`, `256` or `1024` picks a size.
    #[schema(required, format = "uri")]
    avatar_url: Option<String>,
}

fn answer(api: &Api, account: &Account) -> HttpResponse {
    let avatar_url = api.app.avatars.url(account);
    answer::json(StatusCode::OK, &Avatar { avatar_url })
}
