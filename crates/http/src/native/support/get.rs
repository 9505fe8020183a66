use actix_web::{HttpRequest, HttpResponse, get, web};

use crate::answer::Representation;
use crate::api::{Api, uid};
use crate::auth::User;
use crate::native::support::object::InquiryDetail;
use crate::params::Uid;
use crate::problem::Problem;

/// Get an inquiry.
///
/// One of your inquiries, with its replies.
#[utoipa::path(
    context_path = "",
    tag = "support",
    params(Uid),
    responses((status = 200, description = "The inquiry.", body = InquiryDetail)),
    security(("bearer" = []), ("api_key" = []), ("cookie" = [])),
)]
#[get("/inquiries/{uid}/")]
pub(crate) async fn get_inquiry(
    request: HttpRequest,
    user: User,
    api: web::Data<Api>,
) -> Result<HttpResponse, Problem> {
    let inquiry = uid(&request)?;
    let thread = api
        .app
        .inquiries
        .find_own(user.id(), inquiry)
        .await?
        .ok_or_else(Problem::not_found)?;
    Ok(Representation::of(&InquiryDetail::from(&thread)).get(&request))
}
