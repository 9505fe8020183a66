//! Connections to servers that others name.

mod vetted;

pub use vetted::{PrivateAddress, VettedResolver, is_public};
