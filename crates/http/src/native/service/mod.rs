//! What other services ask, by their keys.

pub(super) mod introspect;
pub(super) mod users;
