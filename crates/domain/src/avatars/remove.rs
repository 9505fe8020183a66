use std::sync::Arc;

use super::{AvatarError, Avatars};
use crate::kernel::{Patch, Version};
use crate::users::Account;

impl Avatars {
    /// Leaves the account without a picture; one that has none stays as it is.
    ///
    /// `expected` is the version that the caller saw, when it insists on it
    /// (`Stale` otherwise).
    pub async fn remove(
        &self,
        account: &Arc<Account>,
        expected: Option<Version>,
    ) -> Result<Arc<Account>, AvatarError> {
        if account.avatar.is_none() {
            return Ok(Arc::clone(account));
        }
        self.change(account, Patch::Clear, expected, None).await
    }
}
