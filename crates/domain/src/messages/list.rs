use super::{Audience, Author, Message, Messages, Slice};
use crate::kernel::{MessageId, Page, PageRequest, StoreError, UserId, kinds};
use crate::users::Username;

impl Messages {
    /// A page of the author's own messages, newest first.
    pub async fn list_own(
        &self,
        author: UserId,
        page: PageRequest<kinds::Message>,
    ) -> Result<Page<Message>, StoreError> {
        self.store.list(author, Audience::Author, page).await
    }

    /// One of the author's own messages.
    pub async fn find_own(
        &self,
        author: UserId,
        message: MessageId,
    ) -> Result<Option<Message>, StoreError> {
        self.store.find(author, message).await
    }

    /// A page of somebody's messages as `reader` sees them, newest first, and
    /// who wrote them; `None` without such a user.
    pub async fn list_of(
        &self,
        reader: UserId,
        author: &Username,
        page: PageRequest<kinds::Message>,
    ) -> Result<Option<(Author, Page<Message>)>, StoreError> {
        let Some(author) = self.users.by_username(author).await? else {
            return Ok(None);
        };
        let audience = Audience::of(reader, author.id);
        let page = self.store.list(author.id, audience, page).await?;
        Ok(Some((author.as_ref().into(), page)))
    }

    /// The same by numbers: `limit` messages after the first `offset`.
    pub async fn slice_of(
        &self,
        reader: UserId,
        author: &Username,
        offset: u64,
        limit: u32,
    ) -> Result<Option<(Author, Slice<Message>)>, StoreError> {
        let Some(author) = self.users.by_username(author).await? else {
            return Ok(None);
        };
        let audience = Audience::of(reader, author.id);
        let slice = self.store.slice(author.id, audience, offset, limit).await?;
        Ok(Some((author.as_ref().into(), slice)))
    }
}
