use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, patch, web};
use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::answer::{self, Representation};
use crate::api::Api;
use crate::auth::User;
use crate::body::{Body, JSON_LIMIT};
use crate::params::IfMatch;
use crate::problem::Problem;

/// Keys to set; null removes one.
pub(crate) struct SettingsChanges;

impl PartialSchema for SettingsChanges {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .description(Some("Keys to set; null removes one."))
            .additional_properties(Some(AdditionalProperties::FreeForm(true)))
            .min_properties(Some(1))
            .into()
    }
}

impl ToSchema for SettingsChanges {}

/// Update the settings.
///
/// Merged key by key; null removes a key. At most 16 KiB and 8 levels.
#[utoipa::path(
    context_path = "",
    tag = "user",
    request_body(content = SettingsChanges, example = json!({"sidebar": {"open": true}})),
    params(IfMatch),
    responses((status = 200, description = "The settings.", body = serde_json::Map<String, serde_json::Value>)),
    security(("bearer" = []), ("api_key" = []), ("cookie" = [])),
)]
#[patch("/me/settings/")]
pub(crate) async fn patch_settings(
    request: HttpRequest,
    user: User,
    api: web::Data<Api>,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let user = &user.account;
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
