//! Settings of the compatibility dialects.

use serde::Deserialize;

use super::readers::between;

/// Compatibility dialects.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Compat {
    /// The Epixel dialect.
    pub(crate) epixel: Epixel,
}

/// The Epixel dialect.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Epixel {
    /// Accepted, and without effect: this build has no dialects. `10`.
    #[serde(deserialize_with = "between::<_, 0, 1_000_000>")]
    pub(crate) daily_image_limit: u32,
}

impl Default for Epixel {
    fn default() -> Self {
        Self {
            daily_image_limit: 10,
        }
    }
}
