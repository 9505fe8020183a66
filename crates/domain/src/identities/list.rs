use super::{Identities, Identity};
use crate::kernel::{IdentityId, Page, PageRequest, StoreError, UserId, all, kinds};

impl Identities {
    /// A page of the user's identities, newest first.
    pub async fn list(
        &self,
        user: UserId,
        page: PageRequest<kinds::Identity>,
    ) -> Result<Page<Identity>, StoreError> {
        self.store.list(user, page).await
    }

    /// All identities of the user, newest first; the quota bounds them.
    pub async fn all_of(&self, user: UserId) -> Result<Vec<Identity>, StoreError> {
        all(
            |page| self.store.list(user, page),
            |identity: &Identity| identity.id,
        )
        .await
    }

    /// One of the user's identities.
    pub async fn find(
        &self,
        user: UserId,
        identity: IdentityId,
    ) -> Result<Option<Identity>, StoreError> {
        self.store.find(user, identity).await
    }
}
