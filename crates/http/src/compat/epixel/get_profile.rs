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
    let account = &user.0.account;
    // Taking a phone number apart costs more than all the rest.
    let profile = api.epixel_profiles.of(account, || {
        let details = Details::of(account, &api.app);
        // Texts and numbers alone cannot fail to serialize.
        let json = serde_json::to_vec(&Answer::of(details));
        json.unwrap_or_default().into()
    });
    answer::rendered(StatusCode::OK, profile)
}
