//! Companies of the signed-in user.

pub(super) mod get;
pub(super) mod list;
pub(super) mod object;
pub(super) mod patch;

use actix_web::HttpRequest;
use vestibule_domain::companies::Company;

use crate::api::{Api, uid};
use crate::auth::User;
use crate::problem::Problem;

/// Where the companies are.
const PATH: &str = "/api/v1/companies/";

/// The company that the path names, if the user owns it or is a member of one
/// of its organizations.
async fn find(api: &Api, user: &User, request: &HttpRequest) -> Result<Company, Problem> {
    let company = uid(request)?;
    api.app
        .companies
        .find(user.id(), company)
        .await?
        .ok_or_else(Problem::not_found)
}
