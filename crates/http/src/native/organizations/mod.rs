//! Organizations of the signed-in user.

pub(super) mod create;
pub(super) mod delete;
pub(super) mod get;
pub(super) mod list;
pub(super) mod object;
pub(super) mod patch;
pub(super) mod put_default;
pub(super) mod transfer;

use actix_web::HttpRequest;
use vestibule_domain::organizations::{
    Actor, OrganizationError, OrganizationView, Permission, require,
};

use crate::api::{Api, uid};
use crate::auth::{User, origin};
use crate::problem::Problem;

/// Where the organizations are.
const PATH: &str = "/api/v1/organizations/";

/// Who acts.
pub(super) fn actor(user: &User, request: &HttpRequest) -> Actor {
    Actor {
        user: user.id(),
        origin: origin(request),
    }
}

/// The organization that the path names, as the user sees it: 404 to whoever
/// is no member.
pub(super) async fn find(
    api: &Api,
    user: &User,
    request: &HttpRequest,
) -> Result<OrganizationView, Problem> {
    let organization = uid(request)?;
    api.app
        .organizations
        .find(user.id(), organization)
        .await?
        .ok_or_else(Problem::not_found)
}

/// The same, 403 to a member whose role does not allow it; so that this is
/// told before the body is read.
pub(super) async fn find_for(
    permission: Permission,
    api: &Api,
    user: &User,
    request: &HttpRequest,
) -> Result<OrganizationView, Problem> {
    let view = find(api, user, request).await?;
    require(Some(view.role), permission).map_err(OrganizationError::from)?;
    Ok(view)
}
