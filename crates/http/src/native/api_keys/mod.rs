//! API keys of a user who may have some, and what was counted of their use.

pub(super) mod create;
pub(super) mod delete;
pub(super) mod get;
pub(super) mod list;
pub(super) mod object;
pub(super) mod rotate;
pub(super) mod usage;

use actix_web::HttpRequest;
use vestibule_domain::api_keys::ApiKey;

use crate::api::{Api, uid};
use crate::auth::KeyOwner;
use crate::problem::Problem;

/// Where the keys are.
const PATH: &str = "/api/v1/api-keys/";

/// The caller's own key that the path names.
async fn find(api: &Api, owner: &KeyOwner, request: &HttpRequest) -> Result<ApiKey, Problem> {
    let key = uid(request)?;
    api.app
        .api_keys
        .find(&owner.0, key)
        .await?
        .ok_or_else(Problem::not_found)
}
