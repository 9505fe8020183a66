use actix_web::{HttpRequest, HttpResponse, get, web};
use utoipa::IntoParams;
use vestibule_domain::inquiries::InquiryStatus;

use crate::api::Api;
use crate::auth::StaffCaller;
use crate::native::admin::inquiries::PATH;
use crate::native::admin::inquiries::object::AdminInquiry;
use crate::paging::{Listing, PageParams, Query};
use crate::problem::Problem;

/// Which inquiries are wanted.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what the handler reads")]
pub(crate) struct InquiryFilters {
    /// open, answered or closed.
    #[param(nullable = false, pattern = "^(open|answered|closed)$")]
    status: Option<String>,
}

/// List inquiries.
///
/// Everybody's, newest first, without their replies.
#[utoipa::path(
    context_path = "",
    tag = "admin",
    params(InquiryFilters, PageParams),
    responses((status = 200, description = "A page of inquiries.", body = Listing<AdminInquiry>)),
    security(("bearer" = []), ("api_key" = []), ("cookie" = [])),
)]
#[get("/inquiries/")]
pub(crate) async fn list_all_inquiries(
    request: HttpRequest,
    caller: StaffCaller,
    api: web::Data<Api>,
) -> Result<HttpResponse, Problem> {
    let mut query = Query::of(&request)?;
    let status = query.filter("status", InquiryStatus::parse);
    let wanted = query.page(caller.caller.page_size())?;
    let inquiries = &api.app.inquiries;
    let page = inquiries.list_all(&caller.staff, status, wanted).await?;
    let shape = AdminInquiry::from;
    Ok(query.answer(
        &api,
        PATH,
        &wanted,
        &page,
        |thread| thread.inquiry.id,
        shape,
    ))
}
