use actix_web::http::StatusCode;
use actix_web::{HttpResponse, get, web};

use super::shapes::{ErrorObject, UserObject};
use crate::answer;
use crate::api::Api;
use crate::auth::User;

/// The current user.
#[utoipa::path(
    context_path = "",
    tag = "users and profile",
    responses(
        (status = 200, description = "The user.", body = UserObject),
        ErrorObject,
    ),
    security(("bearer" = []), ("api_key" = []), ("cookie" = [])),
)]
#[get("/api/user/")]
pub(super) async fn get_user(user: User, api: web::Data<Api>) -> HttpResponse {
    let avatar_url = api.app.avatars.url(&user.account);
    answer::json(StatusCode::OK, &UserObject::of(&user.account, avatar_url))
}
