//! Black-box tests: each starts the real binary on a folder and a database of
//! its own and speaks HTTP with it. The target `blackbox` runs them on `SQLite`,
//! `blackbox_postgres` on `PostgreSQL`.

#![expect(
    clippy::unwrap_used,
    reason = "a test panics when what it expects does not hold"
)]

pub(crate) mod support;

mod addresses;
mod admin;
mod api_keys;
mod auth;
mod avatars;
mod avatars_s3;
mod command_line;
mod compat;
mod contact;
mod conventions;
mod devices;
mod dj_rest_auth;
mod durability;
mod eligibility;
mod hostile_input;
mod idempotency;
mod identities;
mod inquiries;
mod mail;
mod operations;
mod organizations;
mod passwords;
mod preferences;
mod published;
mod revocation;
mod security;
