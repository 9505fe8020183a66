//! The message object.

use serde::Serialize;
use utoipa::ToSchema;
use vestibule_domain::kernel::{MessageId, Timestamp, UserId};
use vestibule_domain::messages::{Author, Message};

/// A message.
#[derive(Serialize, ToSchema)]
#[schema(as = Message)]
pub(crate) struct MessageObject<'a> {
    /// Its id.
    #[schema(value_type = String, example = "msg_01jabcdefghjkmnpqrstvwxyz0")]
    uid: MessageId,
    /// Who wrote it.
    author: AuthorObject<'a>,
    /// What it says.
    body: &'a str,
    /// Who sees it: public (everyone who is signed in) or private (its author).
    #[schema(pattern = "^(public|private)$")]
    visibility: &'a str,
    /// When it was posted.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

/// Who wrote a message.
#[derive(Serialize, ToSchema)]
#[schema(as = Author)]
pub(crate) struct AuthorObject<'a> {
    /// The user's id.
    #[schema(value_type = String, example = "usr_01jabcdefghjkmnpqrstvwxyz0")]
    uid: UserId,
    /// The user's name.
    username: &'a str,
}

impl<'a> MessageObject<'a> {
    /// A message of this author.
    pub(crate) fn of(message: &'a Message, author: &'a Author) -> Self {
        Self {
            uid: message.id,
            author: AuthorObject {
                uid: author.id,
                username: author.username.as_str(),
            },
            body: message.body.as_str(),
            visibility: message.visibility.as_str(),
            created_at: message.created_at,
        }
    }
}
