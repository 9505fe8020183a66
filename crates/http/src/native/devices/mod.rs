//! Push devices of the signed-in user.

pub(super) mod deactivate;
pub(super) mod delete;
pub(super) mod list;
pub(super) mod object;
pub(super) mod refresh;
pub(super) mod register;

use actix_web::HttpRequest;
use vestibule_domain::devices::Device;

use crate::api::{Api, uid};
use crate::auth::User;
use crate::problem::Problem;

/// Where the devices are.
const PATH: &str = "/api/v1/device-tokens/";

/// The user's own device that the path names.
async fn find(api: &Api, user: &User, request: &HttpRequest) -> Result<Device, Problem> {
    let device = uid(request)?;
    api.app
        .devices
        .find(user.id(), device)
        .await?
        .ok_or_else(Problem::not_found)
}
