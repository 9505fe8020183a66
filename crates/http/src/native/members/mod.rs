//! Members of an organization.

pub(super) mod delete;
pub(super) mod list;
mod object;
pub(super) mod patch;

use actix_web::HttpRequest;
use vestibule_domain::organizations::{Member, OrganizationView};

use crate::api::{Api, named};
use crate::problem::Problem;

/// The member that the path names.
async fn find(api: &Api, of: &OrganizationView, request: &HttpRequest) -> Result<Member, Problem> {
    let user = named(request, "member")?;
    let organizations = &api.app.organizations;
    Ok(organizations.find_member(of.organization.id, user).await?)
}
