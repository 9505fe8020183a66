//! Use cases whose ports fail: each fault is told apart from absence, and
//! nothing is written, mailed or hashed that should not be.

mod api_keys;
mod background;
mod contact;
mod idempotency;
mod identities;
mod login;
mod mocks;
mod own_profile;
mod passwords;
mod personal_data;
mod provisioning;
mod registration;
mod sessions;
mod staff;
mod throttling;
mod world;
