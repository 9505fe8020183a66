//! The BoltonSea dialect (CONTRACTS.md section 4), below `/users`. Its accounts
//! are the domain's organizations.

mod create;
mod current;
mod default_account;
mod delete;
mod error;
mod find;
mod routes;
mod shapes;
mod step_up;
mod update;

pub(crate) use error::SHAPE;
pub(crate) use routes::register;
