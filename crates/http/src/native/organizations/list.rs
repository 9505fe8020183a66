use actix_web::{HttpRequest, HttpResponse, get, web};

use crate::api::Api;
use crate::auth::User;
use crate::native::organizations::PATH;
use crate::native::organizations::object::OrganizationObject;
use crate::paging::{Listing, PageParams, Query, own_size};
use crate::problem::Problem;

/// List your organizations.
///
/// The one that you joined last comes first.
#[utoipa::path(
    context_path = "",
    tag = "organizations",
    params(PageParams),
    responses(
        (status = 200, description = "A page of organizations.", body = Listing<OrganizationObject>),
    ),
    security(("bearer" = []), ("api_key" = []), ("cookie" = [])),
)]
#[get("/")]
pub(crate) async fn list_organizations(
    request: HttpRequest,
    user: User,
    api: web::Data<Api>,
) -> Result<HttpResponse, Problem> {
    let mut query = Query::of(&request)?;
    let wanted = query.page(own_size(&user.account))?;
    let page = api.app.organizations.list(user.id(), wanted).await?;
    let shape = OrganizationObject::from;
    Ok(query.answer(&api, PATH, &wanted, &page, |view| view.membership, shape))
}
