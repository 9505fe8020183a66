use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, post, web};
use utoipa::ToSchema;
use vestibule_domain::devices::DeviceToken;

use crate::answer::Representation;
use crate::api::Api;
use crate::auth::User;
use crate::body::{Body, JSON_LIMIT};
use crate::fields::{Fields, string};
use crate::native::devices::find;
use crate::native::devices::object::DeviceObject;
use crate::params::Uid;
use crate::problem::Problem;

/// What a device tells when it is still there.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"token": "fcm_new_device_token"}))]
#[expect(dead_code, reason = "documents what the handler reads")]
pub(crate) struct DeviceRefresh {
    /// Its new token; without one it keeps the old one.
    #[schema(
        min_length = 1,
        max_length = 4096,
        nullable = false,
        pattern = "^[^\\x00-\\x1f\\x7f-\\x9f]*$"
    )]
    token: Option<String>,
}

/// Refresh a device token.
///
/// Confirms the device, which is active then, and stores its new token where
/// one is sent. A token that another device holds moves to this one.
#[utoipa::path(
    context_path = "",
    tag = "devices",
    params(Uid),
    request_body = Option<DeviceRefresh>,
    responses((status = 200, description = "The device.", body = DeviceObject)),
    security(("bearer" = []), ("api_key" = []), ("cookie" = [])),
)]
#[post("/{uid}/refresh/")]
pub(crate) async fn refresh_device(
    request: HttpRequest,
    user: User,
    api: web::Data<Api>,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let device = find(&api, &user, &request).await?;
    let object = body.read(JSON_LIMIT).await?.object()?;
    let token = Fields::read(object, &[], |f| {
        f.optional("token", string(DeviceToken::parse))
    })?;
    let device = api.app.devices.refresh(user.id(), device.id, token).await?;
    Ok(Representation::of(&DeviceObject::from(&device)).answer(StatusCode::OK))
}
