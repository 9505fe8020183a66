//! Settings of the compatibility dialects.

use serde::Deserialize;

use vestibule_http::Mount;

use super::readers::{between, optional};
use super::values::UrlPrefix;

/// Compatibility dialects.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Compat {
    /// The Epixel dialect.
    pub(crate) epixel: Epixel,
    /// The `InterlinedList` dialect.
    pub(crate) interlinedlist: Dialect,
}

/// A dialect.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Dialect {
    /// Whether it is served. `true`.
    enabled: bool,
    /// The path that its published paths are put below, such as `/compat`.
    /// None.
    #[serde(deserialize_with = "optional")]
    prefix: Option<UrlPrefix>,
    /// Whether deletion and the like need a fresh login although the published
    /// API has no place for one. `false`.
    step_up: bool,
}

impl Default for Dialect {
    fn default() -> Self {
        Self {
            enabled: true,
            prefix: None,
            step_up: false,
        }
    }
}

impl Dialect {
    /// Where and how it is served.
    pub(crate) fn mount(&self) -> Mount {
        Mount {
            enabled: self.enabled,
            prefix: self
                .prefix
                .as_ref()
                .map_or("", UrlPrefix::as_str)
                .to_owned(),
            step_up: self.step_up,
        }
    }
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
