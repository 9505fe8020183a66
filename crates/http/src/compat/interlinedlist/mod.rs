//! The InterlinedList dialect (CONTRACTS.md section 6), below `/api/user`.

mod avatars;
mod change_email;
mod delete;
mod error;
mod get_user;
mod identities;
mod messages;
mod organizations;
mod routes;
mod shapes;
mod step_up;
mod update;

pub(crate) use error::SHAPE;
pub(crate) use routes::register;
