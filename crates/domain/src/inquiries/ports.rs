use async_trait::async_trait;

use super::error::InquiryRule;
use super::model::{Inquiry, InquiryStatus, InquiryThread, Reply};
use crate::kernel::{
    GuardError, InquiryId, Page, PageRequest, StoreError, UserId, Version, Write, kinds,
};

/// Stores an inquiry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenInquiry {
    /// The inquiry.
    pub inquiry: Inquiry,
    /// Most open inquiries that a user may have.
    pub quota: u32,
}

/// Sets the status of an inquiry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SetInquiryStatus {
    /// Which.
    pub inquiry: InquiryId,
    /// Where it stands from now on.
    pub status: InquiryStatus,
    /// The version that the caller saw; `None` unless the caller insists.
    pub expected: Option<Version>,
}

/// Adds a reply to an inquiry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddReply {
    /// To which.
    pub inquiry: InquiryId,
    /// The reply.
    pub reply: Reply,
}

/// Stored support inquiries.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait InquiryStore: Send + Sync {
    /// In one transaction, with the user's row locked: counts the user's open
    /// inquiries, calls [`super::decide_submit`] and stores the inquiry.
    /// `Missing("user")` without account.
    async fn open(&self, write: Write<OpenInquiry, Inquiry>)
    -> Result<(), GuardError<InquiryRule>>;

    /// A page of the user's inquiries, newest first (largest id first).
    async fn list_own(
        &self,
        user: UserId,
        page: PageRequest<kinds::Inquiry>,
    ) -> Result<Page<Inquiry>, StoreError>;

    /// A page of all inquiries, newest first, of one status where it is given.
    /// The threads come without their replies.
    async fn list_all(
        &self,
        status: Option<InquiryStatus>,
        page: PageRequest<kinds::Inquiry>,
    ) -> Result<Page<InquiryThread>, StoreError>;

    /// The inquiry with its replies, oldest first.
    async fn find(&self, inquiry: InquiryId) -> Result<Option<InquiryThread>, StoreError>;

    /// Sets the status, `updated_at` and the version; answers the inquiry with
    /// its replies, `None` without one. `Conflict` when `expected` is given and
    /// is not the stored version.
    async fn set_status(
        &self,
        write: Write<SetInquiryStatus>,
    ) -> Result<Option<InquiryThread>, StoreError>;

    /// Adds a reply and sets the status `answered`, `updated_at` and the
    /// version; answers the inquiry with its replies, `None` without one.
    async fn reply(
        &self,
        write: Write<AddReply, InquiryThread>,
    ) -> Result<Option<InquiryThread>, StoreError>;
}
