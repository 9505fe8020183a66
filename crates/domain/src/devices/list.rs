use super::{Device, Devices};
use crate::kernel::{DeviceId, Page, PageRequest, StoreError, UserId, kinds};

impl Devices {
    /// A page of the user's devices, newest first.
    pub async fn list(
        &self,
        user: UserId,
        page: PageRequest<kinds::Device>,
    ) -> Result<Page<Device>, StoreError> {
        self.store.list(user, page).await
    }

    /// One of the user's devices.
    pub async fn find(&self, user: UserId, device: DeviceId) -> Result<Option<Device>, StoreError> {
        self.store.find(user, device).await
    }
}
