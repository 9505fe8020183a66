use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, patch, web};

use crate::answer::{self, Representation};
use crate::api::Api;
use crate::auth::User;
use crate::body::{Body, JSON_LIMIT};
use crate::params::IfMatch;
use crate::problem::Problem;

/// Update the settings.
///
/// Merged key by key; null removes a key. At most 16 KiB and 8 levels.
#[utoipa::path(
    context_path = "",
    tag = "user",
    request_body(content = serde_json::Map<String, serde_json::Value>, example = json!({"sidebar": {"open": true}})),
    params(IfMatch),
    responses((status = 200, description = "The settings.", body = serde_json::Map<String, serde_json::Value>)),
    security(("bearer" = []), ("cookie" = [])),
)]
#[patch("/me/settings/")]
pub(crate) async fn patch_settings(
    request: HttpRequest,
    user: User,
    api: web::Data<Api>,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let user = &user.0.account;
    let changes = body.read(JSON_LIMIT).await?.changes()?;
    let expected = if answer::insists(&request) {
        let settings = api.app.users.settings(user.id).await?;
        let settings = settings.ok_or_else(Problem::invalid_token)?;
        Representation::of(settings.as_map())
            .expected(&request, user.version)?
            .map(|_| settings)
    } else {
        None
    };
    let settings = api
        .app
        .users
        .update_settings(user.id, changes, expected)
        .await?;
    Ok(Representation::of(settings.as_map()).answer(StatusCode::OK))
}
