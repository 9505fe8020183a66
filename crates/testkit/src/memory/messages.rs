use async_trait::async_trait;
use vestibule_domain::kernel::{MessageId, Page, PageRequest, StoreError, UserId, Write, kinds};
use vestibule_domain::messages::{Audience, Message, MessageStore, OneMessage, Slice};
use vestibule_domain::users::Visibility;

use super::MemoryStorage;
use super::page::page;
use super::state::State;

#[async_trait]
impl MessageStore for MemoryStorage {
    async fn post(&self, write: Write<Message, Message>) -> Result<(), StoreError> {
        self.write(write, |state, message, _| {
            state.require_user(message.author)?;
            state.messages.insert(message.id, message.clone());
            Ok(((), Some(message)))
        })
    }

    async fn list(
        &self,
        author: UserId,
        audience: Audience,
        request: PageRequest<kinds::Message>,
    ) -> Result<Page<Message>, StoreError> {
        self.read(|state| {
            let rows = seen(state, author, audience);
            page(rows.map(|message| (message.id, message.clone())), request)
        })
    }

    async fn slice(
        &self,
        author: UserId,
        audience: Audience,
        offset: u64,
        limit: u32,
    ) -> Result<Slice<Message>, StoreError> {
        self.read(|state| {
            let offset = usize::try_from(offset).unwrap_or(usize::MAX);
            let newest_first = seen(state, author, audience).rev();
            let wanted = newest_first.skip(offset).take(limit as usize);
            Slice {
                total: seen(state, author, audience).count() as u64,
                items: wanted.cloned().collect(),
            }
        })
    }

    async fn find(
        &self,
        author: UserId,
        message: MessageId,
    ) -> Result<Option<Message>, StoreError> {
        self.read(|state| {
            let found = state.messages.get(&message);
            found.filter(|found| found.author == author).cloned()
        })
    }

    async fn delete(&self, write: Write<OneMessage>) -> Result<bool, StoreError> {
        self.write(write, |state, one, _| {
            let OneMessage { author, message } = one;
            let found = state.messages.get(&message);
            if found.is_none_or(|found| found.author != author) {
                return Ok((false, None));
            }
            state.messages.remove(&message);
            Ok((true, Some(())))
        })
    }
}

/// In the order of their ids.
fn seen(
    state: &State,
    author: UserId,
    audience: Audience,
) -> impl DoubleEndedIterator<Item = &Message> {
    state.messages.values().filter(move |message| {
        let shown = audience == Audience::Author || message.visibility == Visibility::Public;
        message.author == author && shown
    })
}
