use actix_web::{HttpRequest, HttpResponse, get, web};

use crate::api::Api;
use crate::auth::User;
use crate::native::addresses::PATH;
use crate::native::addresses::object::AddressObject;
use crate::paging::{Listing, PageParams, Query, own_size};
use crate::problem::Problem;

/// List your addresses.
///
/// Newest first.
#[utoipa::path(
    context_path = "",
    tag = "addresses",
    params(PageParams),
    responses((status = 200, description = "A page of addresses.", body = Listing<AddressObject>)),
    security(("bearer" = []), ("api_key" = []), ("cookie" = [])),
)]
#[get("/me/addresses/")]
pub(crate) async fn list_addresses(
    request: HttpRequest,
    user: User,
    api: web::Data<Api>,
) -> Result<HttpResponse, Problem> {
    let mut query = Query::of(&request)?;
    let wanted = query.page(own_size(&user.account))?;
    let page = api.app.addresses.list(user.id(), wanted).await?;
    let shape = AddressObject::from;
    Ok(query.answer(&api, PATH, &wanted, &page, |address| address.id, shape))
}
