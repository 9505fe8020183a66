use super::{AddReply, Inquiries, InquiryError, InquiryMessage, InquiryThread, Reply};
use crate::kernel::{InquiryId, Once, Write};
use crate::sessions::Staff;

impl Inquiries {
    /// Replies to an inquiry, as staff; it counts as answered then.
    pub async fn reply(
        &self,
        _staff: &Staff,
        inquiry: InquiryId,
        message: InquiryMessage,
        once: Option<Once<InquiryThread>>,
    ) -> Result<InquiryThread, InquiryError> {
        let now = self.clock.now();
        let reply = Reply {
            id: self.ids.id(),
            message,
            created_at: now,
        };
        let write = Write::new(AddReply { inquiry, reply }, now).once(once);
        self.store.reply(write).await?.ok_or(InquiryError::NotFound)
    }
}
