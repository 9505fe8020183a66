//! Staff on users.

pub(in crate::native) mod get;
pub(in crate::native) mod list;
mod object;
pub(in crate::native) mod patch;
pub(in crate::native) mod put_features;
pub(in crate::native) mod put_subscription;
pub(in crate::native) mod suspend;
pub(in crate::native) mod unsuspend;

use std::sync::Arc;

use actix_web::HttpRequest;
use vestibule_domain::users::Account;

use crate::api::{Api, uid};
use crate::auth::StaffCaller;
use crate::problem::Problem;

/// Where the users are.
const PATH: &str = "/api/v1/admin/users/";

/// Anybody's account, by the path.
async fn find(
    api: &Api,
    caller: &StaffCaller,
    request: &HttpRequest,
) -> Result<Arc<Account>, Problem> {
    let user = uid(request)?;
    api.app
        .users
        .find_any(&caller.staff, user)
        .await?
        .ok_or_else(Problem::not_found)
}
