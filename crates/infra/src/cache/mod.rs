//! Caches of stored rows, and the protocol that keeps them true.

mod changes;
pub mod lease;
pub mod protocol;
pub mod storage;
