use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, post, web};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use vestibule_domain::devices::{DeviceName, DeviceToken, Platform, RegisterDevice, Registered};

use crate::api::Api;
use crate::auth::User;
use crate::body::{Body, JSON_LIMIT};
use crate::fields::{Fields, string};
use crate::idempotency::{KeptAnswer, answer_once};
use crate::native::devices::PATH;
use crate::native::devices::object::DeviceObject;
use crate::params::IdempotencyKey;
use crate::problem::Problem;

/// A device that wants push notifications.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"token": "fcm_device_token_here", "platform": "ios"}))]
#[expect(dead_code, reason = "documents what `read` reads")]
pub(crate) struct DeviceRegistration {
    /// The push service's token.
    #[schema(
        min_length = 1,
        max_length = 4096,
        pattern = "^[^\\x00-\\x1f\\x7f-\\x9f]*$"
    )]
    token: String,
    /// ios, web or android.
    #[schema(pattern = "^(ios|web|android)$")]
    platform: String,
    /// What the user calls the device.
    #[schema(min_length = 1, max_length = 100)]
    name: Option<String>,
}

fn read(object: Map<String, Value>) -> Result<RegisterDevice, Problem> {
    Fields::read(object, &[], |f| {
        let token = f.required("token", string(DeviceToken::parse));
        let platform = f.required("platform", string(Platform::parse));
        let name = f.nullable("name", string(DeviceName::parse));
        Ok(RegisterDevice {
            token: token?,
            platform: platform?,
            name: name?,
        })
    })
}

fn answer(api: &Api, registered: &Registered) -> KeptAnswer {
    let object = DeviceObject::from(&registered.device);
    if registered.created {
        KeptAnswer::created(api.location(PATH, registered.device.id), &object)
    } else {
        KeptAnswer::object(StatusCode::OK, &object)
    }
}

/// Register a device token.
///
/// A token that you have registered already keeps its uid; one that another
/// user holds moves to you.
#[utoipa::path(
    context_path = "",
    tag = "devices",
    request_body = DeviceRegistration,
    params(IdempotencyKey),
    responses(
        (status = 201, description = "The new device.", body = DeviceObject),
        (status = 200, description = "The device that had the token already.", body = DeviceObject),
    ),
    security(("bearer" = []), ("api_key" = []), ("cookie" = [])),
)]
#[post("/register/")]
pub(crate) async fn register_device(
    request: HttpRequest,
    user: User,
    api: web::Data<Api>,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let body = body.read(JSON_LIMIT).await?;
    let register = read(body.object()?)?;
    let scope = user.once_scope();
    answer_once(&api, &request, scope, &body, answer, |once| {
        api.app.devices.register(user.id(), register, once)
    })
    .await
}
