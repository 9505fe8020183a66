//! What staff do: on users, and on support inquiries.

pub(super) mod inquiries;
pub(super) mod users;
