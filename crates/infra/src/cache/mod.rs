//! Caches of stored rows, and the protocol that keeps them true.

pub mod lease;
pub mod protocol;
pub mod storage;
