//! The InterlinedList dialect (CONTRACTS.md section 6), below `/api/user`.

mod error;
mod get_user;
mod routes;
mod shapes;
mod update;

pub(crate) use error::SHAPE;
pub(crate) use routes::register;
