//! Stand-ins for the ports that are not storage: quick, the same in every run,
//! and honest (a wrong password does not match, an expired token is refused).
//!
//! None of them is safe outside tests: their digests are not cryptographic.

mod effects;
mod media;
mod passwords;
mod phones;
mod providers;
mod secrets;
mod tokens;

pub use effects::{KeyUsageLog, Mailbox, Spawner, UsageLog};
pub use media::{FixedPages, MemoryMedia, SimpleImages};
pub use passwords::{QuickHasher, SimpleStrength};
pub use phones::AnyPhone;
pub use providers::ScriptedProviders;
pub use secrets::{FixedSecrets, TaggedAnswers};
pub use tokens::PlainTokens;

/// The digest that [`FixedSecrets`] makes of `text`.
pub fn digest(text: &str) -> vestibule_domain::kernel::Digest {
    secrets::hash("digest", text.as_bytes())
}
