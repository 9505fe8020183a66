//! One running service per test, and a client for it.

mod app;
mod reply;

pub(crate) use app::{Account, PASSWORD, TestApp};
pub(crate) use reply::{Reply, top_level_names};
