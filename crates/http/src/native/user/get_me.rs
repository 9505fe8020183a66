use actix_web::{HttpRequest, HttpResponse, get, web};

use crate::api::Api;
use crate::auth::User;
use crate::me::Me;

/// Get the current user.
///
/// The profile, preferences, organization and listing eligibility.
#[utoipa::path(
    context_path = "",
    tag = "user",
    responses((status = 200, description = "The user.", body = Me)),
    security(("bearer" = []), ("api_key" = []), ("cookie" = [])),
)]
#[get("/api/v1/user/me/")]
pub(crate) async fn get_me(request: HttpRequest, user: User, api: web::Data<Api>) -> HttpResponse {
    api.me.representation(&user.account, &api.app).get(&request)
}
