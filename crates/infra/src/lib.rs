//! The adapters: what the domain's ports are on a real machine.

mod durable_file;
mod nice_pool;

pub mod background;
pub mod cache;
pub mod crypto;
pub mod database;
pub mod ids;
pub mod key_usage;
pub mod mail;
pub mod media;
pub mod net;
pub mod oauth;
pub mod phones;
pub mod storage;
pub mod time;
pub mod usage;
