//! Sessions, the tokens that stand for them, and who is calling.
//!
//! A door asks who bears a token before anything else. A fault of the store is
//! not a wrong token:
//!
//! ```
//! use vestibule_domain::sessions::{AuthError, Sessions};
//!
//! async fn status(sessions: &Sessions, token: &str) -> u16 {
//!     match sessions.by_access_token(token).await {
//!         Ok(_caller) => 200,
//!         Err(AuthError::Invalid) => 401,
//!         Err(AuthError::Store(_)) => 503,
//!     }
//! }
//! ```

mod authenticate;
mod error;
mod list;
mod logout;
mod model;
mod policy;
mod ports;
mod prepare;
mod refresh;
mod revoke;
mod staff;
mod verify;

use std::sync::Arc;

pub use error::{AuthError, RefreshError, RevokeError};
pub use model::{AccessClaims, Grant, LiveAt, NewSession, RefreshRecord, Session, SignedIn};
pub use policy::{RECENT_LOGIN, REFRESH_GRACE, SessionPolicy};
pub use ports::*;
pub use staff::Staff;

use crate::idempotency::OnceStore;
use crate::kernel::{Background, Clock, IdGenerator, SecretSource};

/// Use cases on sessions.
#[derive(Clone)]
pub struct Sessions {
    /// The stored sessions.
    pub store: Arc<dyn SessionStore>,
    /// The idempotency records.
    pub once: Arc<dyn OnceStore>,
    /// Signs and verifies access tokens.
    pub tokens: Arc<dyn AccessTokens>,
    /// Makes and fingerprints refresh tokens and cookies.
    pub secrets: Arc<dyn SecretSource>,
    /// Remembers when sessions were used.
    pub usage: Arc<dyn SessionUsage>,
    /// Carries out what follows an answer.
    pub background: Arc<dyn Background>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Makes ids.
    pub ids: Arc<dyn IdGenerator>,
    /// How long sessions and tokens live.
    pub policy: SessionPolicy,
}
