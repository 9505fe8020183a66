//! The Exante dialect (CONTRACTS.md section 5): `PATCH /api/user`.

mod error;
mod routes;
mod shapes;
mod update;

pub(crate) use error::SHAPE;
pub(crate) use routes::register;
