use super::{Inquiries, Inquiry, InquiryStatus, InquiryThread};
use crate::kernel::{InquiryId, Page, PageRequest, StoreError, UserId, kinds};
use crate::sessions::Staff;

impl Inquiries {
    /// A page of the user's own inquiries, newest first.
    pub async fn list_own(
        &self,
        user: UserId,
        page: PageRequest<kinds::Inquiry>,
    ) -> Result<Page<Inquiry>, StoreError> {
        self.store.list_own(user, page).await
    }

    /// One of the user's own inquiries, with its replies.
    pub async fn find_own(
        &self,
        user: UserId,
        inquiry: InquiryId,
    ) -> Result<Option<InquiryThread>, StoreError> {
        let thread = self.store.find(inquiry).await?;
        Ok(thread.filter(|thread| thread.inquiry.user == user))
    }

    /// A page of everybody's inquiries, newest first, for staff.
    pub async fn list_all(
        &self,
        _staff: &Staff,
        status: Option<InquiryStatus>,
        page: PageRequest<kinds::Inquiry>,
    ) -> Result<Page<InquiryThread>, StoreError> {
        self.store.list_all(status, page).await
    }

    /// Anybody's inquiry, for staff.
    pub async fn find_any(
        &self,
        _staff: &Staff,
        inquiry: InquiryId,
    ) -> Result<Option<InquiryThread>, StoreError> {
        self.store.find(inquiry).await
    }
}
