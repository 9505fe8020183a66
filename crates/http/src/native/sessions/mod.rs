//! The sessions of the signed-in user.

pub(super) mod delete;
pub(super) mod list;
pub(super) mod object;
pub(super) mod revoke_others;

use std::sync::Arc;

use actix_web::HttpRequest;
use vestibule_domain::sessions::Session;

use crate::api::{Api, uid};
use crate::auth::SessionUser;
use crate::problem::Problem;

/// Where the sessions are.
const PATH: &str = "/api/v1/user/me/sessions/";

/// The user's own live session that the path names.
async fn find(
    api: &Api,
    user: &SessionUser,
    request: &HttpRequest,
) -> Result<Arc<Session>, Problem> {
    let session = uid(request)?;
    api.app
        .sessions
        .find(user.id(), session)
        .await?
        .ok_or_else(Problem::not_found)
}
