use async_trait::async_trait;

use super::model::{Audience, Message};
use crate::kernel::{MessageId, Page, PageRequest, StoreError, UserId, Write, kinds};

/// Points at one message of its author.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OneMessage {
    /// Whose.
    pub author: UserId,
    /// Which.
    pub message: MessageId,
}

/// Rows by their number in a list, for who pages so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slice<T> {
    /// All rows of the list.
    pub total: u64,
    /// The wanted ones, in list order.
    pub items: Vec<T>,
}

/// Stored messages.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait MessageStore: Send + Sync {
    /// Stores a message; `Missing("user")` without its author's account.
    async fn post(&self, write: Write<Message, Message>) -> Result<(), StoreError>;

    /// A page of the author's messages that the audience sees, newest first
    /// (largest id first).
    async fn list(
        &self,
        author: UserId,
        audience: Audience,
        page: PageRequest<kinds::Message>,
    ) -> Result<Page<Message>, StoreError>;

    /// The same list by numbers: `limit` messages after the first `offset`.
    /// The later they are, the longer it takes.
    async fn slice(
        &self,
        author: UserId,
        audience: Audience,
        offset: u64,
        limit: u32,
    ) -> Result<Slice<Message>, StoreError>;

    /// The author's message; `None` for another author's.
    async fn find(&self, author: UserId, message: MessageId)
    -> Result<Option<Message>, StoreError>;

    /// Deletes the message; answers whether this author had it.
    async fn delete(&self, write: Write<OneMessage>) -> Result<bool, StoreError>;
}
