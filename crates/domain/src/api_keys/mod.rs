//! API keys: long-lived credentials of programs.
//!
//! ```
//! use vestibule_domain::api_keys::{CreateKey, KeyName, Scope};
//! use vestibule_domain::sessions::AuthError;
//! use vestibule_testkit::app::TestApp;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let keys = TestApp::default().app.api_keys;
//! let create = CreateKey::new(KeyName::parse("billing")?, vec![Scope::UsersRead]);
//! let created = keys.create_service_key(create).await?;
//!
//! let key = keys.authenticate(created.secret.expose()).await?;
//! assert_eq!(key.key.scopes, [Scope::UsersRead]);
//! assert!(matches!(keys.authenticate("vst_guessed").await, Err(AuthError::Invalid)));
//! # Ok(())
//! # }
//! ```

mod authenticate;
mod create;
mod error;
mod list;
mod model;
mod ports;
mod revoke;
mod rotate;
mod usage;

use std::sync::Arc;

pub use create::{CreateKey, CreatedKey};
pub use error::{KeyError, KeyRule};
pub use model::{
    ApiKey, HeldKey, KEY_PREFIX, KeyManager, KeyName, OwnerFacts, Scope, decide_create, decide_use,
};
pub use ports::*;
pub use usage::{KeyUse, KeyUseCount, UsageRecord};

use crate::kernel::{Clock, IdGenerator, SecretSource};

/// Use cases on API keys.
#[derive(Clone)]
pub struct ApiKeys {
    /// The stored keys.
    pub store: Arc<dyn ApiKeyStore>,
    /// Makes and fingerprints keys.
    pub secrets: Arc<dyn SecretSource>,
    /// Counts their use.
    pub usage: Arc<dyn KeyUsage>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Makes ids.
    pub ids: Arc<dyn IdGenerator>,
    /// Most keys that a user may have.
    pub quota: u32,
}
