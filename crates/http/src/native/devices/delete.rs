use actix_web::guard::GuardContext;
use actix_web::{HttpRequest, HttpResponse, delete, web};

use crate::answer::Representation;
use crate::api::Api;
use crate::auth::User;
use crate::native::devices::find;
use crate::native::devices::object::DeviceObject;
use crate::params::{IfMatch, Uid};
use crate::problem::Problem;

/// `register` is an address of its own, and takes POST only.
fn names_a_device(context: &GuardContext<'_>) -> bool {
    !context.head().uri.path().ends_with("/register/")
}

/// Delete a device token.
#[utoipa::path(
    context_path = "",
    tag = "devices",
    params(Uid, IfMatch),
    responses((status = 204, description = "The device is forgotten.")),
    security(("bearer" = []), ("api_key" = []), ("cookie" = [])),
)]
#[delete("/{uid}/", guard = "names_a_device")]
pub(crate) async fn delete_device(
    request: HttpRequest,
    user: User,
    api: web::Data<Api>,
) -> Result<HttpResponse, Problem> {
    let device = find(&api, &user, &request).await?;
    let seen = Representation::of(&DeviceObject::from(&device));
    let expected = seen.expected(&request, device.version)?;
    api.app
        .devices
        .delete(user.id(), device.id, expected)
        .await?;
    Ok(HttpResponse::NoContent().finish())
}
