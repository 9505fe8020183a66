use actix_web::{HttpRequest, HttpResponse, get, web};

use crate::answer::Representation;
use crate::api::Api;
use crate::auth::User;
use crate::problem::Problem;

/// Get the settings.
///
/// The free JSON object that clients keep with the account.
#[utoipa::path(
    context_path = "",
    tag = "user",
    responses((status = 200, description = "The settings.", body = serde_json::Map<String, serde_json::Value>)),
    security(("bearer" = []), ("api_key" = []), ("cookie" = [])),
)]
#[get("/me/settings/")]
pub(crate) async fn get_settings(
    request: HttpRequest,
    user: User,
    api: web::Data<Api>,
) -> Result<HttpResponse, Problem> {
    let settings = api
        .app
        .users
        .settings(user.account.id)
        .await?
        .ok_or_else(Problem::invalid_token)?;
    Ok(Representation::of(settings.as_map()).get(&request))
}
