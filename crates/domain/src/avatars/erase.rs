use async_trait::async_trait;

use super::{AvatarKey, AvatarSize, Avatars, MediaError};
use crate::kernel::BoxError;
use crate::outbox::{AvatarEraser, EraseError};

impl Avatars {
    pub(super) async fn erase_objects(&self, key: &AvatarKey) -> Result<(), MediaError> {
        for size in AvatarSize::ALL {
            self.media.delete(&key.object(*size)).await?;
        }
        Ok(())
    }
}

#[async_trait]
impl AvatarEraser for Avatars {
    /// Leaves an avatar that is somebody's: who uploads the picture of
    /// yesterday again gets the key of yesterday.
    async fn erase(&self, key: &AvatarKey) -> Result<(), EraseError> {
        let failed = |error: BoxError| EraseError(error);
        let used = self.users.avatars_in_use(std::slice::from_ref(key)).await;
        if used.map_err(|error| failed(error.into()))?.is_empty() {
            let erased = self.erase_objects(key).await;
            erased.map_err(|error| failed(error.into()))?;
        }
        Ok(())
    }
    async fn erase_named(&self, key: &AvatarKey) -> Result<(), EraseError> {
        let erased = self.erase_objects(key).await;
        erased.map_err(|error| EraseError(error.into()))
    }
}
