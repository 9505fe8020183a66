use super::{Message, MessageBody, Messages};
use crate::kernel::{Once, StoreError, Write};
use crate::users::{Account, Visibility};

/// A message to post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostMessage {
    /// What it says, read by [`MessageBody::within`] the author's limit.
    pub body: MessageBody,
    /// Who sees it; as the author's `default_visibility` says without.
    pub visibility: Option<Visibility>,
}

impl Messages {
    /// Posts a message of this author.
    pub async fn post(
        &self,
        author: &Account,
        post: PostMessage,
        once: Option<Once<Message>>,
    ) -> Result<Message, StoreError> {
        let now = self.clock.now();
        let message = Message {
            id: self.ids.id(),
            author: author.id,
            body: post.body,
            visibility: post.visibility.unwrap_or(author.default_visibility),
            created_at: now,
        };
        let write = Write::new(message.clone(), now).once(once);
        self.store.post(write).await?;
        Ok(message)
    }
}
