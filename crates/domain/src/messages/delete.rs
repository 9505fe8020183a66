use thiserror::Error;

use super::{Messages, OneMessage};
use crate::kernel::{MessageId, StoreError, UserId, Write};

/// Why a message was not deleted.
#[derive(Debug, Error)]
pub enum DeleteMessageError {
    /// The author has no such message.
    #[error("there is no such message")]
    NotFound,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Messages {
    /// Deletes one of the author's messages.
    pub async fn delete(
        &self,
        author: UserId,
        message: MessageId,
    ) -> Result<(), DeleteMessageError> {
        let write = Write::new(OneMessage { author, message }, self.clock.now());
        if self.store.delete(write).await? {
            Ok(())
        } else {
            Err(DeleteMessageError::NotFound)
        }
    }
}
