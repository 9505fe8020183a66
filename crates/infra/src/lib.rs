//! The adapters: what the domain's ports are on a real machine.

pub mod cache;
pub mod database;
