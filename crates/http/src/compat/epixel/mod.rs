//! The Epixel dialect (CONTRACTS.md section 3), below `/api/v1`.

mod checksum_token;
mod credentials;
mod error;
mod form;
mod get_profile;
mod local_info;
mod profile_image;
mod routes;
mod shapes;
mod texts;
mod update_profile;

pub(crate) use error::SHAPE;
pub(crate) use routes::register;
