use vestibule_domain::kernel::{MessageId, StoreError, UserId};
use vestibule_domain::messages::{Audience, Message, OneMessage};
use vestibule_domain::users::Visibility;

use super::paging::{SHUFFLED, check_paging, first_page};
use super::trial::{ROUNDS, Trial, assert_is, parallel};
use crate::fixtures::new_user;

pub(super) use super::faults::messages as a_store_that_is_down_is_unavailable;
pub(super) use super::own_writes::messages as own_writes_are_read_at_once;

impl Trial {
    pub(super) async fn message(&self, author: UserId, body: &str) -> Message {
        let message = self.make.message(author, body);
        self.post(message.clone()).await;
        message
    }

    async fn post(&self, message: Message) {
        let posted = self.store.messages.post(self.write(message)).await;
        posted.expect("post");
    }

    /// The author's messages as the audience sees them, through a fresh handle.
    async fn messages(&self, author: UserId, audience: Audience) -> Vec<Message> {
        let messages = self.fresh().await.messages;
        let page = messages.list(author, audience, first_page()).await;
        page.expect("list").items
    }
}

pub(super) fn one(message: &Message) -> OneMessage {
    OneMessage {
        author: message.author,
        message: message.id,
    }
}

pub(super) async fn post_stores_every_field(t: Trial) {
    let ada = t.user("ada").await;
    for visibility in Visibility::ALL {
        let message = Message {
            visibility: *visibility,
            ..t.make.message(ada.id, "\u{1f4a1} two\nlines\t\"é\"")
        };
        let ((), sealed) = t
            .commits_sealing(ada.id, message.clone(), async |write| {
                t.store.messages.post(write).await
            })
            .await;
        assert_eq!(sealed, format!("{message:?}"), "what the replay answers");
        let messages = t.fresh().await.messages;
        let found = messages.find(ada.id, message.id).await.expect("find");
        assert_eq!(found.as_ref(), Some(&message));
        assert_eq!(t.messages(ada.id, Audience::Author).await[0], message);
    }
}

pub(super) async fn post_stores_the_longest_values(t: Trial) {
    let ada = t.user("ada").await;
    let message = t.message(ada.id, &"\u{1f4a1}".repeat(10_000)).await;
    assert_eq!(t.messages(ada.id, Audience::Author).await, [message]);
}

pub(super) async fn post_without_account_is_missing(t: Trial) {
    let ada = t.user("ada").await;
    let nobody = t.make.account("nobody");
    let message = t.make.message(nobody.id, "Hello");
    let refused = t
        .leaves_no_envelope(ada.id, message.clone(), async |write| {
            t.store.messages.post(write).await
        })
        .await;
    assert_is!(refused, Err(StoreError::Missing("user")));
    t.register(new_user(nobody.clone())).await;
    assert_eq!(t.messages(nobody.id, Audience::Author).await, []);
}

pub(super) async fn post_under_a_stored_once_is_refused(t: Trial) {
    let ada = t.user("ada").await;
    let message = t.make.message(ada.id, "Hello");
    let refused = t
        .repeats_once(ada.id, message, async |write| {
            t.store.messages.post(write).await
        })
        .await;
    assert_is!(refused, Err(StoreError::Duplicate("once")));
    assert_eq!(t.messages(ada.id, Audience::Author).await, []);
}

/// Seven messages of `author` that others see, newest first, in the midst of
/// some that they do not see, and of another author's.
async fn posted(t: &Trial, author: UserId, other: UserId) -> Vec<MessageId> {
    let mut messages = Vec::new();
    let mut public = Vec::new();
    for number in 0..7 {
        let message = t.make.message(author, &format!("public {number}"));
        public.push(message.id);
        messages.push(message);
        messages.push(Message {
            visibility: Visibility::Private,
            ..t.make.message(author, &format!("private {number}"))
        });
    }
    for place in SHUFFLED {
        t.post(messages[2 * place + 1].clone()).await;
        t.message(other, "of another author").await;
        t.post(messages[2 * place].clone()).await;
    }
    public.reverse();
    public
}

pub(super) async fn messages_are_listed_newest_first(t: Trial) {
    let (ada, bob) = (t.user("ada").await, t.user("bob").await);
    let mut messages = Vec::new();
    for _ in 0..7 {
        messages.push(t.make.message(ada.id, "Hi"));
        t.message(bob.id, "Ho").await;
    }
    for (place, visibility) in SHUFFLED.iter().zip(Visibility::ALL.iter().cycle()) {
        messages[*place].visibility = *visibility;
        t.post(messages[*place].clone()).await;
    }
    let ids: Vec<_> = messages.iter().rev().map(|message| message.id).collect();
    let store = t.fresh().await.messages;
    check_paging(
        &ids,
        |message: &Message| message.id,
        async |page| {
            let list = store.list(ada.id, Audience::Author, page).await;
            list.expect("list")
        },
    )
    .await;
}

pub(super) async fn others_see_public_messages_only(t: Trial) {
    let (ada, bob) = (t.user("ada").await, t.user("bob").await);
    let public = posted(&t, ada.id, bob.id).await;
    assert_eq!(t.messages(ada.id, Audience::Author).await.len(), 14);
    let store = t.fresh().await.messages;
    check_paging(
        &public,
        |message: &Message| message.id,
        async |page| {
            let list = store.list(ada.id, Audience::Others, page).await;
            list.expect("list")
        },
    )
    .await;
}

pub(super) async fn slices_are_parts_of_the_list(t: Trial) {
    let (ada, bob) = (t.user("ada").await, t.user("bob").await);
    posted(&t, ada.id, bob.id).await;
    let store = t.fresh().await.messages;
    for audience in [Audience::Author, Audience::Others] {
        let list = t.messages(ada.id, audience).await;
        for (offset, limit) in [(0, 1), (0, 100), (2, 3), (6, 2), (7, 1), (100, 5), (0, 0)] {
            let slice = store.slice(ada.id, audience, offset, limit).await;
            let slice = slice.expect("slice");
            let wanted = list.iter().skip(usize::try_from(offset).expect("small"));
            let wanted: Vec<_> = wanted.take(limit as usize).cloned().collect();
            assert_eq!(slice.items, wanted, "{limit} after {offset}");
            assert_eq!(slice.total, list.len() as u64);
        }
    }
    let nobody = store.slice(t.make.id(), Audience::Author, 0, 9).await;
    assert_eq!(nobody.expect("slice").total, 0);
}

pub(super) async fn only_the_author_finds_a_message(t: Trial) {
    let (ada, bob) = (t.user("ada").await, t.user("bob").await);
    let message = t.message(ada.id, "Hi").await;
    let store = t.fresh().await.messages;
    for (author, id) in [(bob.id, message.id), (ada.id, t.make.id())] {
        assert_eq!(store.find(author, id).await.expect("find"), None);
    }
}

pub(super) async fn delete_deletes_one_message_of_its_author(t: Trial) {
    let (ada, bob) = (t.user("ada").await, t.user("bob").await);
    let kept = t.message(ada.id, "kept").await;
    let message = t.message(ada.id, "deleted").await;
    for refused in [
        OneMessage {
            author: bob.id,
            message: message.id,
        },
        OneMessage {
            author: ada.id,
            message: t.make.id(),
        },
    ] {
        let deleted = t
            .leaves_no_envelope(ada.id, refused, async |write| {
                t.store.messages.delete(write).await
            })
            .await;
        assert!(!deleted.expect("delete"));
    }
    let refused = t
        .repeats_once(ada.id, one(&message), async |write| {
            t.store.messages.delete(write).await
        })
        .await;
    assert_is!(refused, Err(StoreError::Duplicate("once")));
    assert_eq!(t.messages(ada.id, Audience::Author).await.len(), 2);
    let deleted = t
        .commits(ada.id, one(&message), async |write| {
            t.store.messages.delete(write).await
        })
        .await;
    assert!(deleted);
    assert_eq!(t.messages(ada.id, Audience::Author).await, [kept]);
}

pub(super) async fn parallel_deletions_delete_once(t: Trial) {
    let ada = t.user("ada").await;
    for _ in 0..ROUNDS {
        let message = t.message(ada.id, "Hi").await;
        let deletions = parallel(8, |_| {
            let (store, write) = (t.store.messages.clone(), t.write(one(&message)));
            async move { store.delete(write).await.expect("delete") }
        });
        let deleted = deletions.await.into_iter().filter(|deleted| *deleted);
        assert_eq!(deleted.count(), 1);
    }
}
