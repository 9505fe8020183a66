//! The inquiry object, alone and with its replies.

use serde::Serialize;
use utoipa::ToSchema;
use vestibule_domain::inquiries::{Inquiry, InquiryThread, Reply};
use vestibule_domain::kernel::{InquiryId, ReplyId, Timestamp};

/// A support inquiry.
#[derive(Serialize, ToSchema)]
#[schema(as = Inquiry)]
pub(crate) struct InquiryObject<'a> {
    /// Its id.
    #[schema(value_type = String, example = "inq_01jabcdefghjkmnpqrstvwxyz0")]
    uid: InquiryId,
    /// What it is about.
    subject: &'a str,
    /// What was asked.
    message: &'a str,
    /// open, answered or closed.
    #[schema(pattern = "^(open|answered|closed)$")]
    status: &'a str,
    /// When it was asked.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When its status or replies last changed.
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
}

/// A reply to an inquiry.
#[derive(Serialize, ToSchema)]
#[schema(as = Reply)]
pub(crate) struct ReplyObject<'a> {
    /// Its id.
    #[schema(value_type = String, example = "rpl_01jabcdefghjkmnpqrstvwxyz0")]
    uid: ReplyId,
    /// Who replied: always `staff`.
    author: &'static str,
    /// What was replied.
    message: &'a str,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

/// A support inquiry with its replies.
#[derive(Serialize, ToSchema)]
pub(crate) struct InquiryDetail<'a> {
    #[serde(flatten)]
    inquiry: InquiryObject<'a>,
    /// Its replies, oldest first.
    replies: Vec<ReplyObject<'a>>,
}

impl<'a> From<&'a Inquiry> for InquiryObject<'a> {
    fn from(inquiry: &'a Inquiry) -> Self {
        Self {
            uid: inquiry.id,
            subject: inquiry.subject.as_str(),
            message: inquiry.message.as_str(),
            status: inquiry.status.as_str(),
            created_at: inquiry.created_at,
            updated_at: inquiry.updated_at,
        }
    }
}

impl<'a> From<&'a Reply> for ReplyObject<'a> {
    fn from(reply: &'a Reply) -> Self {
        Self {
            uid: reply.id,
            author: "staff",
            message: reply.message.as_str(),
            created_at: reply.created_at,
        }
    }
}

impl<'a> From<&'a InquiryThread> for InquiryDetail<'a> {
    fn from(thread: &'a InquiryThread) -> Self {
        Self {
            inquiry: (&thread.inquiry).into(),
            replies: thread.replies.iter().map(ReplyObject::from).collect(),
        }
    }
}
