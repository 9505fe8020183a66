use actix_web::{HttpRequest, HttpResponse, get, web};

use crate::api::Api;
use crate::auth::User;
use crate::native::devices::PATH;
use crate::native::devices::object::DeviceObject;
use crate::paging::{Listing, PageParams, Query, own_size};
use crate::problem::Problem;

/// List the device tokens.
///
/// Your devices, newest first.
#[utoipa::path(
    context_path = "",
    tag = "devices",
    params(PageParams),
    responses((status = 200, description = "A page of devices.", body = Listing<DeviceObject>)),
    security(("bearer" = []), ("api_key" = []), ("cookie" = [])),
)]
#[get("/")]
pub(crate) async fn list_devices(
    request: HttpRequest,
    user: User,
    api: web::Data<Api>,
) -> Result<HttpResponse, Problem> {
    let mut query = Query::of(&request)?;
    let wanted = query.page(own_size(&user.account))?;
    let page = api.app.devices.list(user.id(), wanted).await?;
    let shape = DeviceObject::from;
    Ok(query.answer(&api, PATH, &wanted, &page, |device| device.id, shape))
}
