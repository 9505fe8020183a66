//! Pictures of users: uploaded or fetched, kept as squares of three sizes.
//!
//! An account has the key of its picture; the objects under the key are put
//! before the account names them, and erased after it no longer does:
//!
//! ```
//! use vestibule_domain::avatars::{AvatarError, Avatars, Upload};
//! use vestibule_domain::users::Account;
//!
//! /// Where the picture is to be had, once it is the account's.
//! async fn picture(
//!     avatars: &Avatars,
//!     account: &Account,
//!     file: Vec<u8>,
//! ) -> Result<Option<String>, AvatarError> {
//!     let account = avatars.upload(account, Upload { file, crop: None }).await?;
//!     Ok(avatars.url(&account))
//! }
//! ```

mod erase;
mod error;
mod from_url;
mod model;
mod placeholder;
mod ports;
mod remove;
mod show;
mod sweep;
mod upload;

use std::sync::Arc;

pub use error::AvatarError;
pub use model::{
    AvatarKey, AvatarSize, ImageUrl, MAX_DECODED_BYTES, MAX_FILE_BYTES, MAX_GIF_FRAMES, MAX_PIXELS,
    MAX_SIDE, Part, Rendered, Upload,
};
pub use placeholder::Placeholder;
pub use ports::*;

use crate::kernel::{Clock, IdGenerator, Patch, SecretSource, Version, Write};
use crate::outbox::{NewJob, Work};
use crate::throttling::{Throttle, Throttling};
use crate::users::{Account, UpdateUser, UserChanges, UserStore};

/// Use cases on avatars.
#[derive(Clone)]
pub struct Avatars {
    /// The stored accounts, which name their avatars.
    pub users: Arc<dyn UserStore>,
    /// Where the objects are.
    pub media: Arc<dyn MediaStore>,
    /// Makes squares of what was uploaded.
    pub images: Arc<dyn ImageProcessor>,
    /// Fetches what a user points to.
    pub fetcher: Arc<dyn ImageFetcher>,
    /// How often a door lets pictures be uploaded.
    pub throttling: Throttling,
    /// Makes keys.
    pub secrets: Arc<dyn SecretSource>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Makes ids of jobs.
    pub ids: Arc<dyn IdGenerator>,
    /// What avatar URLs start with: scheme, host and port, without a slash at
    /// the end.
    pub public_url: String,
}

impl Avatars {
    /// Where everybody gets the account's picture; `None` without one.
    pub fn url(&self, account: &Account) -> Option<String> {
        account.avatar.as_ref().map(|key| self.url_of(key))
    }

    /// Where the picture with this key is.
    pub fn url_of(&self, key: &AvatarKey) -> String {
        format!("{}/media/avatars/{key}.webp", self.public_url)
    }

    /// Makes `avatar` the account's, and has the old one erased once it is;
    /// `counted` in the same write.
    ///
    /// `account` is as the caller saw it: of two changes at a time the later
    /// one stays, and what neither erases the sweep collects.
    async fn change(
        &self,
        account: &Account,
        avatar: Patch<AvatarKey>,
        expected: Option<Version>,
        counted: Option<Throttle>,
    ) -> Result<Arc<Account>, AvatarError> {
        let old = account
            .avatar
            .as_ref()
            .filter(|old| avatar != Patch::Set((*old).clone()));
        let work = old.map(|old| Work::EraseAvatar { key: old.clone() });
        let changes = UserChanges {
            avatar,
            ..UserChanges::default()
        };
        let command = UpdateUser {
            user: account.id,
            expected,
            changes,
            end_sessions: false,
        };
        let mut write = Write::new(command, self.clock.now()).throttled(counted);
        if let Some(work) = work {
            // No user's: the deletion of the account must not drop it.
            write = write.job(NewJob::new(self.ids.id(), None, work));
        }
        Ok(self.users.update(write).await?)
    }
}
