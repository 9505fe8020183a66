//! Accounts: who a user is, and what staff say about them.
//!
//! Only the fields that are given change, and who says which version they saw
//! overwrites nobody else's change:
//!
//! ```
//! use vestibule_domain::kernel::{Patch, UserId, Version};
//! use vestibule_domain::users::{Bio, UpdateError, UpdateProfile, Users};
//!
//! /// Whether the biography was cleared; not when somebody was faster.
//! async fn clear_bio(users: &Users, user: UserId, seen: Version) -> Result<bool, UpdateError> {
//!     let profile = UpdateProfile {
//!         bio: Patch::Clear,
//!         ..UpdateProfile::default()
//!     };
//!     match users.update_profile(user, profile, Some(seen)).await {
//!         Ok(_) => Ok(true),
//!         Err(UpdateError::Stale) => Ok(false),
//!         Err(error) => Err(error),
//!     }
//! }
//! ```

mod administer;
mod email;
mod error;
mod list;
mod look_up;
mod model;
mod ports;
mod settings;
mod suspend;
mod update_profile;
mod update_settings;
mod username;

use std::sync::Arc;

pub(crate) use administer::by_staff;
pub use email::EmailAddress;
pub use error::UpdateError;
pub use list::ListUsers;
pub use model::{
    Account, Bio, CustomerStatus, FeatureFlags, OtherId, PersonName, PhoneNumber, UserChanges,
    Visibility,
};
pub use ports::*;
pub use settings::{MAX_SETTINGS_BYTES, MAX_SETTINGS_DEPTH, Settings};
pub use update_profile::UpdateProfile;
pub use update_settings::UpdateSettings;
pub use username::Username;

use crate::kernel::{Clock, IdGenerator, StoreError, UserId};

/// Use cases on accounts.
#[derive(Clone)]
pub struct Users {
    /// The stored accounts.
    pub store: Arc<dyn UserStore>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Makes ids of log entries.
    pub ids: Arc<dyn IdGenerator>,
}

impl Users {
    /// The account, as it is now; `None` when there is none.
    pub async fn account(&self, user: UserId) -> Result<Option<Arc<Account>>, StoreError> {
        self.store.account(user).await
    }
}
