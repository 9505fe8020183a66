//! Settings of avatars.

use serde::Deserialize;

/// Avatars.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Avatars {
    /// Accepted, and without effect: this build has no avatars. `false`.
    pub(crate) allow_private_sources: bool,
}
