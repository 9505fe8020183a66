use actix_web::http::StatusCode;
use actix_web::{HttpResponse, get, web};

use super::credentials::{AppKey, AppUser};
use super::error::Refusal;
use super::shapes::{Answer, Details};
use crate::answer;
use crate::api::Api;

/// Get profile details.
#[utoipa::path(
    context_path = "",
    tag = "user profile",
    params(AppKey),
    responses(
        (status = 200, description = "The profile.", body = Answer<Details>),
        (status = 401, description = "A header is missing or not valid.", body = Refusal),
    ),
    security(("bearer" = [])),
)]
#[get("/api/v1/user/get/profile/")]
pub(super) async fn get_profile(user: AppUser, api: web::Data<Api>) -> HttpResponse {
    let details = Details::of(&user.0.account, &api.app);
    answer::json(StatusCode::OK, &Answer::of(details))
}
