//! Support inquiries of the signed-in user.

pub(super) mod get;
pub(super) mod list;
pub(super) mod object;
pub(super) mod submit;

/// Where the inquiries are.
const PATH: &str = "/api/v1/support/inquiries/";
