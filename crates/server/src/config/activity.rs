//! Settings of the security log.

use serde::Deserialize;

use super::readers::between;

/// The security log.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Activity {
    /// Days that its entries are kept, 1–36 500. `365`.
    #[serde(deserialize_with = "between::<_, 1, 36_500>")]
    pub(crate) retention_days: u32,
}

impl Default for Activity {
    fn default() -> Self {
        Self {
            retention_days: 365,
        }
    }
}
