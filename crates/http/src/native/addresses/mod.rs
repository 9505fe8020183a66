//! Postal addresses of the signed-in user.

pub(super) mod create;
pub(super) mod delete;
pub(super) mod get;
pub(super) mod list;
pub(super) mod object;
pub(super) mod patch;

use actix_web::HttpRequest;
use vestibule_domain::addresses::Address;

use crate::api::{Api, uid};
use crate::auth::User;
use crate::problem::Problem;

/// Where the addresses are.
const PATH: &str = "/api/v1/user/me/addresses/";

/// The user's own address that the path names.
async fn find(api: &Api, user: &User, request: &HttpRequest) -> Result<Address, Problem> {
    let address = uid(request)?;
    api.app
        .addresses
        .find(user.id(), address)
        .await?
        .ok_or_else(Problem::not_found)
}
