use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, post, web};

use crate::answer::Representation;
use crate::api::{Api, uid};
use crate::auth::User;
use crate::native::devices::object::DeviceObject;
use crate::params::Uid;
use crate::problem::Problem;

/// Deactivate a device token.
///
/// No notifications go there until it is registered or refreshed again.
#[utoipa::path(
    context_path = "",
    tag = "devices",
    params(Uid),
    responses((status = 200, description = "The device.", body = DeviceObject)),
    security(("bearer" = []), ("api_key" = []), ("cookie" = [])),
)]
#[post("/{uid}/deactivate/")]
pub(crate) async fn deactivate_device(
    request: HttpRequest,
    user: User,
    api: web::Data<Api>,
) -> Result<HttpResponse, Problem> {
    let device = uid(&request)?;
    let device = api.app.devices.deactivate(user.id(), device).await?;
    Ok(Representation::of(&DeviceObject::from(&device)).answer(StatusCode::OK))
}
