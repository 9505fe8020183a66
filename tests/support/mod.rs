//! One running service per test, and a client for it.

mod app;
mod database;
pub(crate) mod dns;
pub(crate) mod letters;
mod memory;
pub(crate) mod pictures;
pub(crate) mod postgres;
mod reply;
pub(crate) mod smtp;

pub(crate) use app::{Account, PASSWORD, TestApp};
pub(crate) use reply::{Reply, top_level_names};
