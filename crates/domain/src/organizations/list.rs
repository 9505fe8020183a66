use super::{OrganizationNumber, OrganizationView, Organizations};
use crate::kernel::{
    MAX_PAGE_SIZE, OrganizationId, Page, PageRequest, PageSize, StoreError, UserId, kinds,
};

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
        let size = PageSize::new(i64::from(MAX_PAGE_SIZE)).unwrap_or(PageSize::DEFAULT);
        let mut page = PageRequest::number(1, size);
        let mut all = Vec::new();
        loop {
            let found = self.store.list(user, page).await?;
            all.extend(found.items);
            match all.last() {
                Some(last) if found.has_next => {
                    page.anchor = crate::kernel::Anchor::After(last.membership);
                }
                _ => return Ok(all),
            }
        }
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
