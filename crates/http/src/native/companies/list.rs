use actix_web::{HttpRequest, HttpResponse, get, web};

use crate::api::Api;
use crate::auth::User;
use crate::native::companies::PATH;
use crate::native::companies::object::CompanyObject;
use crate::paging::{Listing, PageParams, Query, own_size};
use crate::problem::Problem;

/// List your companies.
///
/// Those that you own, newest first.
#[utoipa::path(
    context_path = "",
    tag = "companies",
    params(PageParams),
    responses((status = 200, description = "A page of companies.", body = Listing<CompanyObject>)),
    security(("bearer" = []), ("api_key" = []), ("cookie" = [])),
)]
#[get("/")]
pub(crate) async fn list_companies(
    request: HttpRequest,
    user: User,
    api: web::Data<Api>,
) -> Result<HttpResponse, Problem> {
    let mut query = Query::of(&request)?;
    let wanted = query.page(own_size(&user.account))?;
    let page = api.app.companies.list(user.id(), wanted).await?;
    let shape = CompanyObject::from;
    Ok(query.answer(&api, PATH, &wanted, &page, |company| company.id, shape))
}
