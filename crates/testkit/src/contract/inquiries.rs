use std::time::Duration;

use vestibule_domain::inquiries::{
    AddReply, Inquirer, Inquiry, InquiryRule, InquiryStatus, InquiryThread, OpenInquiry,
    SetInquiryStatus,
};
use vestibule_domain::kernel::{GuardError, InquiryId, StoreError, UserId, Version};
use vestibule_domain::users::Account;

use super::trial::{Trial, assert_is, check_paging, first_page, parallel};

fn open(inquiry: Inquiry) -> OpenInquiry {
    OpenInquiry {
        inquiry,
        quota: 100,
    }
}

impl Trial {
    async fn inquiry(&self, user: UserId, subject: &str) -> Inquiry {
        let inquiry = self.make.inquiry(user, subject);
        let opened = self.store.inquiries.open(self.write(open(inquiry.clone())));
        opened.await.expect("open");
        inquiry
    }

    /// The thread, through a fresh handle.
    async fn thread(&self, inquiry: InquiryId) -> Option<InquiryThread> {
        let thread = self.fresh().await.inquiries.find(inquiry).await;
        thread.expect("find")
    }

    async fn set_status(&self, inquiry: &Inquiry, status: InquiryStatus) -> InquiryThread {
        let set = self.write(SetInquiryStatus {
            inquiry: inquiry.id,
            status,
            expected: None,
        });
        let thread = self.store.inquiries.set_status(set).await;
        thread.expect("set_status").expect("a thread")
    }
}

fn thread(inquiry: &Inquiry, account: &Account) -> InquiryThread {
    InquiryThread {
        inquiry: inquiry.clone(),
        replies: Vec::new(),
        inquirer: Inquirer {
            id: account.id,
            username: account.username.clone(),
            email: account.email.clone(),
        },
    }
}

pub(super) async fn open_stores_every_field(t: Trial) {
    let ada = t.user("Ada").await;
    let inquiry = t.make.inquiry(ada.id, "Help é");
    let ((), sealed) = t
        .commits_sealing(ada.id, open(inquiry.clone()), async |write| {
            t.store.inquiries.open(write).await
        })
        .await;
    assert_eq!(sealed, format!("{inquiry:?}"), "what the replay answers");
    let stored = t.thread(inquiry.id).await;
    assert_eq!(stored, Some(thread(&inquiry, &ada)));
    let own = t
        .fresh()
        .await
        .inquiries
        .list_own(ada.id, first_page())
        .await;
    assert_eq!(own.expect("list_own").items, [inquiry]);
}

pub(super) async fn an_unknown_inquiry_is_none(t: Trial) {
    let ada = t.user("ada").await;
    t.inquiry(ada.id, "Help").await;
    assert_eq!(t.thread(t.make.id()).await, None);
}

pub(super) async fn open_without_account_is_missing(t: Trial) {
    let write = t.write(open(t.make.inquiry(t.make.id(), "Help")));
    let refused = t.store.inquiries.open(write).await;
    assert_is!(refused, Err(GuardError::Store(StoreError::Missing("user"))));
}

pub(super) async fn open_under_a_stored_once_is_refused(t: Trial) {
    let ada = t.user("ada").await;
    let inquiry = t.make.inquiry(ada.id, "Help");
    let refused = t
        .repeats_once(ada.id, open(inquiry.clone()), async |write| {
            t.store.inquiries.open(write).await
        })
        .await;
    assert_is!(
        refused,
        Err(GuardError::Store(StoreError::Duplicate("once")))
    );
    assert_eq!(t.thread(inquiry.id).await, None);
}

pub(super) async fn only_open_inquiries_count_against_the_quota(t: Trial) {
    let ada = t.user("ada").await;
    let bob = t.user("bob").await;
    t.inquiry(bob.id, "of bob").await;
    let closed = t.inquiry(ada.id, "closed").await;
    let answered = t.inquiry(ada.id, "answered").await;
    t.inquiry(ada.id, "open").await;
    let third = OpenInquiry {
        inquiry: t.make.inquiry(ada.id, "third"),
        quota: 2,
    };
    let refused = t
        .leaves_no_envelope(ada.id, third.clone(), async |write| {
            t.store.inquiries.open(write).await
        })
        .await;
    assert_is!(
        refused,
        Err(GuardError::Rule(InquiryRule::QuotaExceeded { quota: 2 }))
    );
    assert_eq!(t.thread(third.inquiry.id).await, None);
    t.set_status(&closed, InquiryStatus::Closed).await;
    t.set_status(&answered, InquiryStatus::Answered).await;
    let opened = t.store.inquiries.open(t.write(third.clone())).await;
    opened.expect("open");
    assert!(t.thread(third.inquiry.id).await.is_some());
}

pub(super) async fn parallel_inquiries_fill_the_quota_exactly(t: Trial) {
    let ada = t.user("ada").await;
    let answers = parallel(40, |_| {
        let inquiries = t.store.inquiries.clone();
        let write = t.write(OpenInquiry {
            inquiry: t.make.inquiry(ada.id, "Help"),
            quota: 10,
        });
        async move { inquiries.open(write).await }
    })
    .await;
    let opened = answers.iter().filter(|answer| answer.is_ok()).count();
    assert_eq!(opened, 10, "exactly the quota is opened");
    let own = t
        .fresh()
        .await
        .inquiries
        .list_own(ada.id, first_page())
        .await;
    assert_eq!(own.expect("list_own").count, 10);
}

pub(super) async fn own_inquiries_are_listed_newest_first(t: Trial) {
    let (ada, bob) = (t.user("ada").await, t.user("bob").await);
    let mut ids = Vec::new();
    for _ in 0..7 {
        ids.push(t.inquiry(ada.id, "of ada").await.id);
        t.inquiry(bob.id, "of bob").await;
    }
    ids.reverse();
    let inquiries = t.fresh().await.inquiries;
    check_paging(
        &ids,
        |inquiry: &Inquiry| inquiry.id,
        async |page| inquiries.list_own(ada.id, page).await.expect("list_own"),
    )
    .await;
}

pub(super) async fn all_inquiries_are_listed_newest_first(t: Trial) {
    let (ada, bob) = (t.user("ada").await, t.user("bob").await);
    let mut ids = Vec::new();
    for number in 0..7 {
        let user = if number % 2 == 0 { ada.id } else { bob.id };
        ids.push(t.inquiry(user, "Help").await.id);
    }
    ids.reverse();
    let inquiries = t.fresh().await.inquiries;
    check_paging(
        &ids,
        |thread: &InquiryThread| thread.inquiry.id,
        async |page| inquiries.list_all(None, page).await.expect("list_all"),
    )
    .await;
}

pub(super) async fn inquiries_of_one_status_have_pages_of_their_own(t: Trial) {
    let ada = t.user("ada").await;
    let mut ids = Vec::new();
    for _ in 0..7 {
        let closed = t.inquiry(ada.id, "closed").await;
        t.set_status(&closed, InquiryStatus::Closed).await;
        t.inquiry(ada.id, "open").await;
        ids.push(closed.id);
    }
    ids.reverse();
    let inquiries = t.fresh().await.inquiries;
    let closed = Some(InquiryStatus::Closed);
    check_paging(
        &ids,
        |thread: &InquiryThread| thread.inquiry.id,
        async |page| inquiries.list_all(closed, page).await.expect("list_all"),
    )
    .await;
    let answered = Some(InquiryStatus::Answered);
    let none = inquiries.list_all(answered, first_page()).await;
    assert_eq!(none.expect("list_all").count, 0);
}

pub(super) async fn listed_threads_come_without_replies(t: Trial) {
    let (ada, bob) = (t.user("ada").await, t.user("bob").await);
    let of_ada = t.inquiry(ada.id, "of ada").await;
    let of_bob = t.inquiry(bob.id, "of bob").await;
    let reply = t.write(AddReply {
        inquiry: of_ada.id,
        reply: t.make.reply("answer"),
    });
    let answered = t.store.inquiries.reply(reply).await;
    let answered = answered.expect("reply").expect("a thread");
    let page = t.fresh().await.inquiries.list_all(None, first_page()).await;
    let page = page.expect("list_all");
    let expected = [thread(&of_bob, &bob), thread(&answered.inquiry, &ada)];
    assert_eq!(page.items, expected);
}

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
    assert_eq!(t.thread(inquiry.id).await, Some(thread(&inquiry, &ada)));
}

pub(super) async fn replies_are_kept_oldest_first(t: Trial) {
    let ada = t.user("ada").await;
    let inquiry = t.inquiry(ada.id, "Help").await;
    let other = t.inquiry(ada.id, "other").await;
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
            .commits_sealing(ada.id, command, async |write| {
                t.store.inquiries.reply(write).await
            })
            .await;
        assert_eq!(answer.as_ref(), Some(&expected));
        assert_eq!(sealed, format!("{expected:?}"), "what the replay answers");
        assert_eq!(t.thread(inquiry.id).await.as_ref(), Some(&expected));
    }
    assert_eq!(t.thread(other.id).await, Some(thread(&other, &ada)));
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
    assert_eq!(thread.replies.len(), 20);
    assert_eq!(thread.inquiry.version.0, inquiry.version.0 + 20);
}
