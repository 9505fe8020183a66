use actix_web::{HttpRequest, HttpResponse, get, web};

use crate::api::Api;
use crate::auth::User;
use crate::native::support::PATH;
use crate::native::support::object::InquiryObject;
use crate::paging::{Listing, PageParams, Query, own_size};
use crate::problem::Problem;

/// List your inquiries.
///
/// Newest first, without their replies.
#[utoipa::path(
    context_path = "",
    tag = "support",
    params(PageParams),
    responses((status = 200, description = "A page of inquiries.", body = Listing<InquiryObject>)),
    security(("bearer" = []), ("api_key" = []), ("cookie" = [])),
)]
#[get("/inquiries/")]
pub(crate) async fn list_inquiries(
    request: HttpRequest,
    user: User,
    api: web::Data<Api>,
) -> Result<HttpResponse, Problem> {
    let mut query = Query::of(&request)?;
    let wanted = query.page(own_size(&user.account))?;
    let page = api.app.inquiries.list_own(user.id(), wanted).await?;
    let shape = InquiryObject::from;
    Ok(query.answer(&api, PATH, &wanted, &page, |inquiry| inquiry.id, shape))
}
