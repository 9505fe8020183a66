//! All data of the signed-in user: export and deletion.

pub(super) mod delete;
pub(super) mod export;
mod object;
