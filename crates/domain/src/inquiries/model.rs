use super::error::InquiryRule;
use crate::kernel::{InquiryId, ReplyId, Timestamp, UserId, Version};
use crate::users::{EmailAddress, Username};

text_type! {
    /// What an inquiry is about, 1–200 code points.
    Subject, 1..=200, No
}
text_type! {
    /// An inquiry or a reply, 1–10 000 code points, several lines.
    InquiryMessage, 1..=10000, Yes
}

choice! {
    /// Where an inquiry stands.
    InquiryStatus {
        /// Waits for staff.
        Open = "open",
        /// Staff replied.
        Answered = "answered",
        /// Done.
        Closed = "closed",
    }
}

/// What a user asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inquiry {
    /// Its id.
    pub id: InquiryId,
    /// Who asked.
    pub user: UserId,
    /// What it is about.
    pub subject: Subject,
    /// What was asked.
    pub message: InquiryMessage,
    /// Where it stands.
    pub status: InquiryStatus,
    /// When it was asked.
    pub created_at: Timestamp,
    /// When its status or replies last changed.
    pub updated_at: Timestamp,
    /// Grows with each change.
    pub version: Version,
}

/// What staff replied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// Its id.
    pub id: ReplyId,
    /// What was replied.
    pub message: InquiryMessage,
    /// When.
    pub created_at: Timestamp,
}

/// Who asked, as staff see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inquirer {
    /// The user's id.
    pub id: UserId,
    /// The user's login name.
    pub username: Username,
    /// The user's address.
    pub email: EmailAddress,
}

/// An inquiry with its replies, oldest first, and who asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InquiryThread {
    /// The inquiry.
    pub inquiry: Inquiry,
    /// Its replies, oldest first.
    pub replies: Vec<Reply>,
    /// Who asked.
    pub inquirer: Inquirer,
}

/// Decides whether a user with this many open inquiries may ask another one
/// (`QuotaExceeded`).
///
/// ```
/// use vestibule_domain::inquiries::{InquiryRule, decide_submit};
///
/// assert_eq!(decide_submit(9, 10), Ok(()));
/// assert_eq!(decide_submit(10, 10), Err(InquiryRule::QuotaExceeded { quota: 10 }));
/// ```
pub fn decide_submit(open: u64, quota: u32) -> Result<(), InquiryRule> {
    if open >= u64::from(quota) {
        return Err(InquiryRule::QuotaExceeded { quota });
    }
    Ok(())
}
