//! The native API on the use cases and a store in memory.

mod addresses;
mod api_keys;
mod avatars;
mod compat;
mod contact;
mod coverage;
mod devices;
mod documented;
mod identities;
mod interlinedlist;
mod local_info;
mod messages;
mod names;
mod organizations;
mod personal_data;
mod routes;
mod service;
mod sessions;
mod site;
mod staff_on_inquiries;
mod staff_on_users;
mod support;
