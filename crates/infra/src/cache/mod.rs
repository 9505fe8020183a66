//! What is kept in memory, and the protocol that keeps it from going stale.

pub mod protocol;
