//! One running service per test, and a client for it.

mod app;
mod database;
mod letters;
pub(crate) mod postgres;
mod reply;

pub(crate) use app::{Account, PASSWORD, TestApp};
pub(crate) use reply::{Reply, top_level_names};
