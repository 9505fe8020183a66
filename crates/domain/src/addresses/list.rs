use super::{Address, Addresses};
use crate::kernel::{AddressId, Page, PageRequest, StoreError, UserId, kinds};

impl Addresses {
    /// A page of the user's addresses, newest first.
    pub async fn list(
        &self,
        user: UserId,
        page: PageRequest<kinds::Address>,
    ) -> Result<Page<Address>, StoreError> {
        self.store.list(user, page).await
    }

    /// One of the user's addresses.
    pub async fn find(
        &self,
        user: UserId,
        address: AddressId,
    ) -> Result<Option<Address>, StoreError> {
        self.store.find(user, address).await
    }
}
