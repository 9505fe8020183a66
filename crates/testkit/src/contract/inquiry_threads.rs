//! `InquiryStore::set_status` and `InquiryStore::reply`.

use std::time::Duration;

use vestibule_domain::inquiries::{AddReply, InquiryStatus, SetInquiryStatus};
use vestibule_domain::kernel::{StoreError, Version};

use super::inquiries::thread;
use super::trial::{ROUNDS, Trial, assert_is, parallel};

pub(super) async fn set_status_changes_one_inquiry(t: Trial) {
    let ada = t.user("ada").await;
    let mut inquiry = t.inquiry(ada.id, "Help").await;
    let other = t.inquiry(ada.id, "other").await;
    let statuses = [
        InquiryStatus::Closed,
        InquiryStatus::Answered,
        InquiryStatus::Open,
    ];
    for status in statuses {
        let at = t.make.later(Duration::from_mins(1));
        let command = SetInquiryStatus {
            inquiry: inquiry.id,
            status,
            expected: Some(inquiry.version),
        };
        let answer = t
            .commits(ada.id, command, async |write| {
                t.store.inquiries.set_status(write).await
            })
            .await;
        inquiry.status = status;
        inquiry.updated_at = at;
        inquiry.version.0 += 1;
        let expected = thread(&inquiry, &ada);
        assert_eq!(answer.as_ref(), Some(&expected));
        assert_eq!(t.thread(inquiry.id).await, Some(expected));
    }
    assert_eq!(t.thread(other.id).await, Some(thread(&other, &ada)));
}

pub(super) async fn a_refused_status_leaves_the_inquiry(t: Trial) {
    let ada = t.user("ada").await;
    let inquiry = t.inquiry(ada.id, "Help").await;
    let mut command = SetInquiryStatus {
        inquiry: inquiry.id,
        status: InquiryStatus::Closed,
        expected: None,
    };
    t.make.later(Duration::from_secs(1));
    for version in [inquiry.version.0 - 1, inquiry.version.0 + 1] {
        command.expected = Some(Version(version));
        let refused = t
            .leaves_no_envelope(ada.id, command, async |write| {
                t.store.inquiries.set_status(write).await
            })
            .await;
        assert_is!(refused, Err(StoreError::Conflict));
    }
    for expected in [None, Some(Version(1))] {
        command.inquiry = t.make.id();
        command.expected = expected;
        let unknown = t
            .leaves_no_envelope(ada.id, command, async |write| {
                t.store.inquiries.set_status(write).await
            })
            .await;
        assert_is!(unknown, Ok(None));
    }
    command.inquiry = inquiry.id;
    command.expected = Some(inquiry.version);
    let refused = t
        .repeats_once(ada.id, command, async |write| {
            t.store.inquiries.set_status(write).await
        })
        .await;
    assert_is!(refused, Err(StoreError::Duplicate("once")));
    assert_eq!(t.thread(inquiry.id).await, Some(thread(&inquiry, &ada)));
}

pub(super) async fn the_same_status_still_grows_the_version(t: Trial) {
    let ada = t.user("ada").await;
    let mut inquiry = t.inquiry(ada.id, "Help").await;
    let at = t.make.later(Duration::from_mins(1));
    let answer = t.set_status(&inquiry, InquiryStatus::Open).await;
    inquiry.updated_at = at;
    inquiry.version.0 += 1;
    assert_eq!(answer, thread(&inquiry, &ada));
    assert_eq!(t.thread(inquiry.id).await, Some(answer));
}

pub(super) async fn parallel_statuses_at_one_version_succeed_once(t: Trial) {
    let ada = t.user("ada").await;
    for _ in 0..ROUNDS {
        let inquiry = t.inquiry(ada.id, "Help").await;
        let answers = parallel(10, |_| {
            let inquiries = t.store.inquiries.clone();
            let write = t.write(SetInquiryStatus {
                inquiry: inquiry.id,
                status: InquiryStatus::Closed,
                expected: Some(inquiry.version),
            });
            async move { inquiries.set_status(write).await }
        })
        .await;
        let mut winners = 0;
        for answer in answers {
            match answer {
                Ok(_) => winners += 1,
                Err(error) => {
                    assert_is!(error, StoreError::Conflict);
                }
            }
        }
        assert_eq!(winners, 1, "exactly one succeeds");
    }
}

pub(super) async fn replies_are_kept_oldest_first(t: Trial) {
    let ada = t.user("ada").await;
    let inquiry = t.inquiry(ada.id, "Help").await;
    let other = t.inquiry(ada.id, "other").await;
    let bob = t.user("bob").await;
    t.set_status(&inquiry, InquiryStatus::Closed).await;
    let mut expected = t.thread(inquiry.id).await.expect("a thread");
    for message in ["first\nanswer", "second é", "third"] {
        let at = t.make.later(Duration::from_mins(1));
        let command = AddReply {
            inquiry: inquiry.id,
            reply: t.make.reply(message),
        };
        expected.replies.push(command.reply.clone());
        expected.inquiry.status = InquiryStatus::Answered;
        expected.inquiry.updated_at = at;
        expected.inquiry.version.0 += 1;
        let (answer, sealed) = t
            .commits_sealing(bob.id, command, async |write| {
                t.store.inquiries.reply(write).await
            })
            .await;
        assert_eq!(answer.as_ref(), Some(&expected));
        assert_eq!(sealed, format!("{expected:?}"), "what the replay answers");
        assert_eq!(t.thread(inquiry.id).await.as_ref(), Some(&expected));
    }
    assert_eq!(t.thread(other.id).await, Some(thread(&other, &ada)));
    // The replies of another inquiry stay with it.
    let reply = t.write(AddReply {
        inquiry: other.id,
        reply: t.make.reply("of another"),
    });
    let answer = t.store.inquiries.reply(reply).await;
    assert_eq!(answer.expect("reply").expect("a thread").replies.len(), 1);
    assert_eq!(t.thread(inquiry.id).await, Some(expected));
}

pub(super) async fn a_reply_keeps_the_longest_message(t: Trial) {
    let ada = t.user("ada").await;
    let inquiry = t.inquiry(ada.id, "Help").await;
    let reply = t.make.reply(&"\u{1f4a1}".repeat(10_000));
    let write = t.write(AddReply {
        inquiry: inquiry.id,
        reply: reply.clone(),
    });
    let answer = t.store.inquiries.reply(write).await;
    assert_is!(answer, Ok(Some(_)));
    let stored = t.thread(inquiry.id).await.expect("a thread");
    assert_eq!(stored.replies, [reply]);
}

pub(super) async fn a_reply_to_no_inquiry_is_none(t: Trial) {
    let ada = t.user("ada").await;
    let command = AddReply {
        inquiry: t.make.id(),
        reply: t.make.reply("answer"),
    };
    let answer = t
        .leaves_no_envelope(ada.id, command, async |write| {
            t.store.inquiries.reply(write).await
        })
        .await;
    assert_is!(answer, Ok(None));
}

pub(super) async fn a_reply_under_a_stored_once_is_refused(t: Trial) {
    let ada = t.user("ada").await;
    let inquiry = t.inquiry(ada.id, "Help").await;
    let command = AddReply {
        inquiry: inquiry.id,
        reply: t.make.reply("answer"),
    };
    let refused = t
        .repeats_once(ada.id, command, async |write| {
            t.store.inquiries.reply(write).await
        })
        .await;
    assert_is!(refused, Err(StoreError::Duplicate("once")));
    assert_eq!(t.thread(inquiry.id).await, Some(thread(&inquiry, &ada)));
}

pub(super) async fn parallel_replies_are_all_kept(t: Trial) {
    let ada = t.user("ada").await;
    let inquiry = t.inquiry(ada.id, "Help").await;
    parallel(20, |number| {
        let inquiries = t.store.inquiries.clone();
        let write = t.write(AddReply {
            inquiry: inquiry.id,
            reply: t.make.reply(&format!("answer {number}")),
        });
        async move { inquiries.reply(write).await.expect("reply") }
    })
    .await;
    let thread = t.thread(inquiry.id).await.expect("a thread");
    let mut messages: Vec<_> = thread.replies.iter().map(|r| r.message.as_str()).collect();
    messages.sort_unstable();
    messages.dedup();
    assert_eq!(messages.len(), 20);
    assert_eq!(thread.replies.len(), 20);
    assert_eq!(thread.inquiry.version.0, inquiry.version.0 + 20);
}
