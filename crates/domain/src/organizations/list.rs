use super::{OrganizationNumber, OrganizationView, Organizations};
use crate::kernel::{OrganizationId, Page, PageRequest, StoreError, UserId, all, kinds};

impl Organizations {
    /// A page of the user's organizations, the latest membership first.
    pub async fn list(
        &self,
        user: UserId,
        page: PageRequest<kinds::Membership>,
    ) -> Result<Page<OrganizationView>, StoreError> {
        self.store.list(user, page).await
    }

    /// All organizations of the user, the latest membership first; the quota
    /// bounds them.
    pub async fn all_of(&self, user: UserId) -> Result<Vec<OrganizationView>, StoreError> {
        all(
            |page| self.store.list(user, page),
            |view: &OrganizationView| view.membership,
        )
        .await
    }

    /// One of the user's organizations.
    pub async fn find(
        &self,
        user: UserId,
        organization: OrganizationId,
    ) -> Result<Option<OrganizationView>, StoreError> {
        self.store.find(user, organization).await
    }

    /// One of the user's organizations, by its number.
    pub async fn by_number(
        &self,
        user: UserId,
        number: OrganizationNumber,
    ) -> Result<Option<OrganizationView>, StoreError> {
        self.store.by_number(user, number).await
    }

    /// The user's default organization.
    pub async fn default_of(&self, user: UserId) -> Result<Option<OrganizationView>, StoreError> {
        self.store.default_of(user).await
    }

    /// Whether both users are members of one organization.
    pub async fn in_common(&self, one: UserId, other: UserId) -> Result<bool, StoreError> {
        self.store.in_common(one, other).await
    }
}
