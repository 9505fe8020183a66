use actix_web::http::StatusCode;
use actix_web::{HttpResponse, get};

use super::shapes::{ErrorObject, UserObject};
use crate::answer;
use crate::auth::User;

/// Get the currently logged-in user.
#[utoipa::path(
    context_path = "",
    tag = "users",
    responses(
        (status = 200, description = "The user.", body = UserObject),
        (status = "default", description = "Refused, or failed.", body = ErrorObject),
    ),
    security(("bearer" = []), ("api_key" = []), ("cookie" = [])),
)]
#[get("/users/")]
pub(super) async fn get_user(user: User) -> HttpResponse {
    answer::json(StatusCode::OK, &UserObject::from(&*user.account))
}
