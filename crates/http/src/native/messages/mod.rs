//! Messages of users.

pub(super) mod create;
pub(super) mod delete;
pub(super) mod list;
pub(super) mod list_of;
pub(super) mod object;

/// Where one's own messages are.
const PATH: &str = "/api/v1/messages/";
