//! API keys: long-lived credentials of programs.

mod authenticate;
mod create;
mod model;
mod ports;

use std::sync::Arc;

pub use create::{CreateKey, CreatedKey};
pub use model::{ApiKey, KEY_PREFIX, KeyName, Scope};
pub use ports::*;

use crate::kernel::{Clock, IdGenerator, SecretSource};

/// Use cases on API keys.
#[derive(Clone)]
pub struct ApiKeys {
    /// The stored keys.
    pub store: Arc<dyn ApiKeyStore>,
    /// Makes and fingerprints keys.
    pub secrets: Arc<dyn SecretSource>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Makes ids.
    pub ids: Arc<dyn IdGenerator>,
}
