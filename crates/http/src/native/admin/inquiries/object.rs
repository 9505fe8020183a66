//! An inquiry as staff see one: with who asked.

use serde::Serialize;
use utoipa::ToSchema;
use vestibule_domain::inquiries::{Inquirer, InquiryThread};
use vestibule_domain::kernel::UserId;

use crate::answer::Representation;
use crate::native::support::object::{InquiryObject, ReplyObject};

/// Who asked.
#[derive(Serialize, ToSchema)]
#[schema(as = Inquirer)]
pub(crate) struct InquirerObject<'a> {
    /// User identifier.
    #[schema(value_type = String, example = "usr_01jabcdefghjkmnpqrstvwxyz0")]
    uid: UserId,
    /// Username.
    username: &'a str,
    /// Email address.
    #[schema(format = Email)]
    email: &'a str,
}

/// A support inquiry, and who asked.
#[derive(Serialize, ToSchema)]
pub(crate) struct AdminInquiry<'a> {
    #[serde(flatten)]
    inquiry: InquiryObject<'a>,
    /// Who asked.
    user: InquirerObject<'a>,
}

/// A support inquiry, who asked, and the replies.
#[derive(Serialize, ToSchema)]
pub(crate) struct AdminInquiryDetail<'a> {
    #[serde(flatten)]
    inquiry: AdminInquiry<'a>,
    /// Its replies, oldest first.
    replies: Vec<ReplyObject<'a>>,
}

impl<'a> From<&'a Inquirer> for InquirerObject<'a> {
    fn from(inquirer: &'a Inquirer) -> Self {
        Self {
            uid: inquirer.id,
            username: inquirer.username.as_str(),
            email: inquirer.email.as_str(),
        }
    }
}

impl<'a> From<&'a InquiryThread> for AdminInquiry<'a> {
    fn from(thread: &'a InquiryThread) -> Self {
        Self {
            inquiry: (&thread.inquiry).into(),
            user: (&thread.inquirer).into(),
        }
    }
}

impl<'a> From<&'a InquiryThread> for AdminInquiryDetail<'a> {
    fn from(thread: &'a InquiryThread) -> Self {
        Self {
            inquiry: thread.into(),
            replies: thread.replies.iter().map(ReplyObject::from).collect(),
        }
    }
}

impl AdminInquiryDetail<'_> {
    pub(crate) fn representation(thread: &InquiryThread) -> Representation {
        Representation::of(&AdminInquiryDetail::from(thread))
    }
}
