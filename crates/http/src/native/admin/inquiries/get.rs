use actix_web::{HttpRequest, HttpResponse, get, web};

use crate::api::Api;
use crate::auth::StaffCaller;
use crate::native::admin::inquiries::find;
use crate::native::admin::inquiries::object::AdminInquiryDetail;
use crate::params::Uid;
use crate::problem::Problem;

/// Get anybody's inquiry.
///
/// With its replies.
#[utoipa::path(
    context_path = "",
    tag = "admin",
    params(Uid),
    responses((status = 200, description = "The inquiry.", body = AdminInquiryDetail)),
    security(("bearer" = []), ("api_key" = []), ("cookie" = [])),
)]
#[get("/inquiries/{uid}/")]
pub(crate) async fn get_any_inquiry(
    request: HttpRequest,
    caller: StaffCaller,
    api: web::Data<Api>,
) -> Result<HttpResponse, Problem> {
    let thread = find(&api, &caller, &request).await?;
    Ok(AdminInquiryDetail::representation(&thread).get(&request))
}
