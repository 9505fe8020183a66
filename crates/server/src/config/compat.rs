//! Settings of the compatibility dialects.

use serde::Deserialize;

use vestibule_domain::throttling::Limit;
use vestibule_http::{DAILY_IMAGES, Mount};

use super::readers::{between, optional};
use super::values::UrlPrefix;

/// Compatibility dialects.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Compat {
    /// The `BoltonSea` dialect.
    pub(crate) boltonsea: Dialect,
    /// The Epixel dialect.
    pub(crate) epixel: Epixel,
    /// The Exante dialect.
    pub(crate) exante: Dialect,
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
        mount(self.enabled, self.prefix.as_ref(), self.step_up)
    }
}

/// The Epixel dialect.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Epixel {
    /// Whether it is served. `true`.
    enabled: bool,
    /// The path that its published paths are put below, such as `/compat`.
    /// None.
    #[serde(deserialize_with = "optional")]
    prefix: Option<UrlPrefix>,
    /// Whether a change of the address needs a fresh login although the
    /// published API has no place for one. `false`.
    step_up: bool,
    /// Pictures that a user may upload in 24 hours. `10`.
    #[serde(deserialize_with = "between::<_, 1, 1_000>")]
    pub(crate) daily_image_limit: u32,
}

impl Default for Epixel {
    fn default() -> Self {
        let Dialect {
            enabled,
            prefix,
            step_up,
        } = Dialect::default();
        Self {
            enabled,
            prefix,
            step_up,
            daily_image_limit: DAILY_IMAGES,
        }
    }
}

impl Epixel {
    /// Where and how it is served.
    pub(crate) fn mount(&self) -> Mount {
        mount(self.enabled, self.prefix.as_ref(), self.step_up)
    }

    /// How often a user may upload a picture.
    pub(crate) const fn images(&self) -> Limit {
        Limit::daily(self.daily_image_limit)
    }
}

fn mount(enabled: bool, prefix: Option<&UrlPrefix>, step_up: bool) -> Mount {
    Mount {
        enabled,
        prefix: prefix.map_or("", UrlPrefix::as_str).to_owned(),
        step_up,
    }
}
