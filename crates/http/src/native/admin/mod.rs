//! What staff do: on users, companies and support inquiries.

pub(super) mod companies;
pub(super) mod inquiries;
pub(super) mod users;
