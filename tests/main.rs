//! Black-box tests: each starts the real binary on a folder of its own and
//! speaks HTTP with it.

#![expect(
    clippy::unwrap_used,
    reason = "a test panics when what it expects does not hold"
)]

mod support;

mod addresses;
mod admin;
mod auth;
mod command_line;
mod conventions;
mod devices;
mod durability;
mod eligibility;
mod hostile_input;
mod idempotency;
mod inquiries;
mod operations;
mod passwords;
mod preferences;
mod published;
mod revocation;
mod secrecy;
