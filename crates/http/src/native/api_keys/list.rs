use actix_web::{HttpRequest, HttpResponse, get, web};

use crate::api::Api;
use crate::auth::KeyOwner;
use crate::native::api_keys::PATH;
use crate::native::api_keys::object::KeyObject;
use crate::paging::{Listing, PageParams, Query, own_size};
use crate::problem::Problem;

/// List the API keys.
///
/// Your keys, newest first.
#[utoipa::path(
    context_path = "",
    tag = "api-keys",
    params(PageParams),
    responses((status = 200, description = "A page of keys.", body = Listing<KeyObject>)),
    security(("bearer" = []), ("cookie" = [])),
)]
#[get("/")]
pub(crate) async fn list_api_keys(
    request: HttpRequest,
    owner: KeyOwner,
    api: web::Data<Api>,
) -> Result<HttpResponse, Problem> {
    let mut query = Query::of(&request)?;
    let wanted = query.page(own_size(&owner.0.signed_in().account))?;
    let page = api.app.api_keys.list(&owner.0, wanted).await?;
    let shape = KeyObject::from;
    Ok(query.answer(&api, PATH, &wanted, &page, |key| key.id, shape))
}
