//! Staff on support inquiries.

pub(in crate::native) mod get;
pub(in crate::native) mod list;
mod object;
pub(in crate::native) mod patch;
pub(in crate::native) mod reply;

use actix_web::HttpRequest;
use vestibule_domain::inquiries::InquiryThread;

use crate::api::{Api, uid};
use crate::auth::StaffCaller;
use crate::problem::Problem;

/// Where the inquiries are.
const PATH: &str = "/api/v1/admin/inquiries/";

/// Anybody's inquiry, by the path.
async fn find(
    api: &Api,
    caller: &StaffCaller,
    request: &HttpRequest,
) -> Result<InquiryThread, Problem> {
    let inquiry = uid(request)?;
    api.app
        .inquiries
        .find_any(&caller.staff, inquiry)
        .await?
        .ok_or_else(Problem::not_found)
}
