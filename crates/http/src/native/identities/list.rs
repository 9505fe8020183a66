use actix_web::{HttpRequest, HttpResponse, get, web};

use crate::api::Api;
use crate::auth::SessionUser;
use crate::native::identities::PATH;
use crate::native::identities::object::IdentityObject;
use crate::paging::{Listing, PageParams, Query, own_size};
use crate::problem::Problem;

/// List the linked identities.
///
/// Your identities, newest first.
#[utoipa::path(
    context_path = "",
    tag = "identities",
    params(PageParams),
    responses((status = 200, description = "A page of identities.", body = Listing<IdentityObject>)),
    security(("bearer" = []), ("cookie" = [])),
)]
#[get("/me/identities/")]
pub(crate) async fn list_identities(
    request: HttpRequest,
    user: SessionUser,
    api: web::Data<Api>,
) -> Result<HttpResponse, Problem> {
    let account = &user.0.account;
    let mut query = Query::of(&request)?;
    let wanted = query.page(own_size(account))?;
    let page = api.app.identities.list(account.id, wanted).await?;
    let shape = IdentityObject::from;
    Ok(query.answer(&api, PATH, &wanted, &page, |identity| identity.id, shape))
}
