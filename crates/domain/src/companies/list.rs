use super::{Companies, Company};
use crate::kernel::{CompanyId, Page, PageRequest, StoreError, UserId, kinds};
use crate::sessions::Staff;

impl Companies {
    /// A page of the companies that the user owns, newest first.
    pub async fn list(
        &self,
        user: UserId,
        page: PageRequest<kinds::Company>,
    ) -> Result<Page<Company>, StoreError> {
        self.store.list(user, page).await
    }

    /// A company that the user owns, or of whose organizations the user is a
    /// member.
    pub async fn find(
        &self,
        user: UserId,
        company: CompanyId,
    ) -> Result<Option<Company>, StoreError> {
        self.store.find(user, company).await
    }

    /// Anybody's company, for staff.
    pub async fn find_any(
        &self,
        _staff: &Staff,
        company: CompanyId,
    ) -> Result<Option<Company>, StoreError> {
        self.store.find_any(company).await
    }
}
