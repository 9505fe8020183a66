use super::{
    Inquiries, Inquiry, InquiryError, InquiryMessage, InquiryStatus, OpenInquiry, Subject,
};
use crate::kernel::{Once, UserId, Version, Write};

/// What a user asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubmitInquiry {
    /// What it is about.
    pub subject: Subject,
    /// What is asked.
    pub message: InquiryMessage,
}

impl Inquiries {
    /// Hands an inquiry to the staff.
    pub async fn submit(
        &self,
        user: UserId,
        submit: SubmitInquiry,
        once: Option<Once<Inquiry>>,
    ) -> Result<Inquiry, InquiryError> {
        let now = self.clock.now();
        let inquiry = Inquiry {
            id: self.ids.id(),
            user,
            subject: submit.subject,
            message: submit.message,
            status: InquiryStatus::Open,
            created_at: now,
            updated_at: now,
            version: Version(1),
        };
        let command = OpenInquiry {
            inquiry: inquiry.clone(),
            quota: self.quota,
        };
        let write = Write::new(command, now).once(once);
        self.store.open(write).await?;
        Ok(inquiry)
    }
}
