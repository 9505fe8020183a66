//! The native API: one folder a resource, one file an endpoint.

mod activity;
mod addresses;
mod admin;
mod api_keys;
pub(crate) mod auth;
mod avatars;
mod companies;
mod contact;
mod devices;
mod error;
mod identities;
mod invitations;
mod local_info;
mod members;
mod messages;
mod organizations;
mod personal_data;
mod register;
mod service;
mod sessions;
mod support;
pub(crate) mod user;

pub(crate) use register::{register, register_hottest};
