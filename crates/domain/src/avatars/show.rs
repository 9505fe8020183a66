use super::{AvatarKey, AvatarSize, Avatars, MediaError};
use crate::kernel::StoreError;
use crate::users::Username;

impl Avatars {
    /// The avatar of who has this name; `None` without one, or without a user.
    pub async fn of_user(&self, username: &Username) -> Result<Option<AvatarKey>, StoreError> {
        let account = self.users.by_username(username).await?;
        Ok(account.and_then(|account| account.avatar.clone()))
    }

    /// The WebP file of an avatar in one size; `None` when there is none, or
    /// none any more.
    pub async fn picture(
        &self,
        key: &AvatarKey,
        size: AvatarSize,
    ) -> Result<Option<Vec<u8>>, MediaError> {
        self.media.get(&key.object(size)).await
    }
}
