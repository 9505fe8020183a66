//! Accounts for products: types, rules, use cases and port traits, with no web
//! framework, no database and no runtime in the dependency tree.
//!
//! # The map
//!
//! Each feature is a folder of the same make: `model.rs` has its types and pure
//! rules, `ports.rs` the traits that it needs, `error.rs` how its use cases
//! fail, and each `<verb>.rs` one use case, a method of the feature's struct.
//! [`kernel`] has what all share; [`app::App`] is the sum of the features.
//!
//! # How to add a use case
//!
//! 1. Write its rule as a pure function in `model.rs`, with unit tests.
//! 2. Add the port method that it needs to `ports.rs`: one atomic command, its
//!    doc saying what an adapter MUST do.
//! 3. Write `<verb>.rs`: parse nothing (its input is parsed already), decide,
//!    make one [`kernel::Write`], call the port, map the error.
//! 4. Add cases for the port method to the contract suite of
//!    `vestibule-testkit`, then adapters until they pass.
//!
//! # How to add a port
//!
//! A port is an object-safe async trait in the `ports.rs` of the feature that
//! needs it. Absence is `Option`; failure of a store is
//! [`kernel::StoreError`]. No type of a driver crosses it. A storage port is
//! also a field of [`app::Storage`].

#[macro_use]
pub mod kernel;

pub mod activity;
pub mod addresses;
pub mod api_keys;
pub mod app;
pub mod credentials;
pub mod devices;
pub mod eligibility;
pub mod idempotency;
pub mod inquiries;
pub mod maintenance;
pub mod outbox;
pub mod preferences;
pub mod sessions;
pub mod users;
