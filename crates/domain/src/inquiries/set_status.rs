use super::{Inquiries, InquiryError, InquiryStatus, InquiryThread, SetInquiryStatus};
use crate::kernel::{InquiryId, Version, Write};
use crate::sessions::Staff;

impl Inquiries {
    /// Sets where an inquiry stands, as staff.
    pub async fn set_status(
        &self,
        _staff: &Staff,
        inquiry: InquiryId,
        status: InquiryStatus,
        expected: Option<Version>,
    ) -> Result<InquiryThread, InquiryError> {
        let command = SetInquiryStatus {
            inquiry,
            status,
            expected,
        };
        self.store
            .set_status(Write::new(command, self.clock.now()))
            .await?
            .ok_or(InquiryError::NotFound)
    }
}
