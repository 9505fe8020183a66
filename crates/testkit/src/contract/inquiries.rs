use std::time::Duration;

use vestibule_domain::inquiries::{
    AddReply, Inquirer, Inquiry, InquiryMessage, InquiryRule, InquiryStatus, InquiryThread,
    OpenInquiry, SetInquiryStatus,
};
use vestibule_domain::kernel::{Anchor, GuardError, InquiryId, PageRequest, StoreError, UserId};
use vestibule_domain::users::Account;

use super::paging::{SHUFFLED, check_paging, first_page};
use super::trial::{ROUNDS, Trial, assert_is, parallel};
use crate::fixtures::new_user;

pub(super) use super::faults::inquiries as a_store_that_is_down_is_unavailable;
pub(super) use super::own_writes::inquiries as own_writes_are_read_at_once;

fn open(inquiry: Inquiry) -> OpenInquiry {
    OpenInquiry {
        inquiry,
        quota: 100,
    }
}

impl Trial {
    pub(super) async fn inquiry(&self, user: UserId, subject: &str) -> Inquiry {
        let inquiry = self.make.inquiry(user, subject);
        let opened = self.store.inquiries.open(self.write(open(inquiry.clone())));
        opened.await.expect("open");
        inquiry
    }

    /// The thread, through a fresh handle.
    pub(super) async fn thread(&self, inquiry: InquiryId) -> Option<InquiryThread> {
        let thread = self.fresh().await.inquiries.find(inquiry).await;
        thread.expect("find")
    }

    pub(super) async fn set_status(
        &self,
        inquiry: &Inquiry,
        status: InquiryStatus,
    ) -> InquiryThread {
        let set = self.write(SetInquiryStatus {
            inquiry: inquiry.id,
            status,
            expected: None,
        });
        let thread = self.store.inquiries.set_status(set).await;
        thread.expect("set_status").expect("a thread")
    }
}

pub(super) fn thread(inquiry: &Inquiry, account: &Account) -> InquiryThread {
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

pub(super) async fn open_stores_the_longest_values(t: Trial) {
    let ada = t.user("ada").await;
    // 200 and 10 000 code points of four bytes.
    let inquiry = Inquiry {
        message: InquiryMessage::parse(&"\u{1f4a1}".repeat(10_000)).expect("a message"),
        ..t.make.inquiry(ada.id, &"\u{1f4a1}".repeat(200))
    };
    let opened = t.store.inquiries.open(t.write(open(inquiry.clone()))).await;
    opened.expect("open");
    assert_eq!(t.thread(inquiry.id).await, Some(thread(&inquiry, &ada)));
}

pub(super) async fn an_unknown_inquiry_is_none(t: Trial) {
    let ada = t.user("ada").await;
    t.inquiry(ada.id, "Help").await;
    assert_eq!(t.thread(t.make.id()).await, None);
}

pub(super) async fn open_without_account_is_missing(t: Trial) {
    let ada = t.user("ada").await;
    let nobody = t.make.account("nobody");
    let inquiry = t.make.inquiry(nobody.id, "Help");
    let refused = t
        .leaves_no_envelope(ada.id, open(inquiry.clone()), async |write| {
            t.store.inquiries.open(write).await
        })
        .await;
    assert_is!(refused, Err(GuardError::Store(StoreError::Missing("user"))));
    // Nor does it come to life with the account.
    t.register(new_user(nobody)).await;
    assert_eq!(t.thread(inquiry.id).await, None);
}

pub(super) async fn open_under_a_stored_once_is_refused(t: Trial) {
    let ada = t.user("ada").await;
    t.inquiry(ada.id, "first").await;
    let inquiry = t.make.inquiry(ada.id, "Help");
    // The record is looked at before the rule.
    for quota in [100, 1] {
        let command = OpenInquiry {
            inquiry: inquiry.clone(),
            quota,
        };
        let refused = t
            .repeats_once(ada.id, command, async |write| {
                t.store.inquiries.open(write).await
            })
            .await;
        assert_is!(
            refused,
            Err(GuardError::Store(StoreError::Duplicate("once")))
        );
    }
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

pub(super) async fn a_reopened_inquiry_counts_against_the_quota(t: Trial) {
    let ada = t.user("ada").await;
    let inquiry = t.inquiry(ada.id, "Help").await;
    t.set_status(&inquiry, InquiryStatus::Closed).await;
    t.set_status(&inquiry, InquiryStatus::Open).await;
    let second = t.write(OpenInquiry {
        inquiry: t.make.inquiry(ada.id, "second"),
        quota: 1,
    });
    let refused = t.store.inquiries.open(second).await;
    assert_is!(
        refused,
        Err(GuardError::Rule(InquiryRule::QuotaExceeded { quota: 1 }))
    );
}

pub(super) async fn parallel_inquiries_fill_the_quota_exactly(t: Trial) {
    for round in 0..ROUNDS {
        let ada = t.user(&format!("ada{round}")).await;
        let answers = parallel(40, |_| {
            let inquiries = t.store.inquiries.clone();
            let write = t.write(OpenInquiry {
                inquiry: t.make.inquiry(ada.id, "Help"),
                quota: 10,
            });
            async move { inquiries.open(write).await }
        })
        .await;
        let mut opened = 0;
        for answer in answers {
            if answer.is_ok() {
                opened += 1;
            } else {
                assert_is!(
                    answer,
                    Err(GuardError::Rule(InquiryRule::QuotaExceeded { quota: 10 }))
                );
            }
        }
        assert_eq!(opened, 10, "exactly the quota is opened");
        let inquiries = t.fresh().await.inquiries;
        let own = inquiries.list_own(ada.id, first_page()).await;
        assert_eq!(own.expect("list_own").count, 10);
    }
}

/// Seven inquiries of these users in turn, with other ids between, opened in
/// another order than that of their ids; answers them, newest first.
async fn seven(t: &Trial, users: &[UserId]) -> Vec<Inquiry> {
    let mut inquiries = Vec::new();
    for number in 0..7 {
        inquiries.push(t.make.inquiry(users[number % users.len()], "Help"));
        let _between: UserId = t.make.id();
    }
    for place in SHUFFLED {
        let opened = t.write(open(inquiries[place].clone()));
        t.store.inquiries.open(opened).await.expect("open");
        t.make.later(Duration::from_secs(1));
    }
    inquiries.reverse();
    inquiries
}

fn ids(inquiries: &[Inquiry]) -> Vec<InquiryId> {
    inquiries.iter().map(|inquiry| inquiry.id).collect()
}

pub(super) async fn own_inquiries_are_listed_newest_first(t: Trial) {
    let (ada, bob) = (t.user("ada").await, t.user("bob").await);
    for _ in 0..3 {
        t.inquiry(bob.id, "of bob").await;
    }
    let own = seven(&t, &[ada.id]).await;
    t.inquiry(bob.id, "of bob").await;
    let inquiries = t.fresh().await.inquiries;
    check_paging(
        &ids(&own),
        |inquiry: &Inquiry| inquiry.id,
        async |page| inquiries.list_own(ada.id, page).await.expect("list_own"),
    )
    .await;
}

pub(super) async fn all_inquiries_are_listed_newest_first(t: Trial) {
    let (ada, bob) = (t.user("ada").await, t.user("bob").await);
    let all = seven(&t, &[ada.id, bob.id]).await;
    let inquiries = t.fresh().await.inquiries;
    check_paging(
        &ids(&all),
        |thread: &InquiryThread| thread.inquiry.id,
        async |page| inquiries.list_all(None, page).await.expect("list_all"),
    )
    .await;
}

pub(super) async fn inquiries_of_one_status_have_pages_of_their_own(t: Trial) {
    let ada = t.user("ada").await;
    t.inquiry(ada.id, "open").await;
    let all = seven(&t, &[ada.id]).await;
    for inquiry in &all {
        t.set_status(inquiry, InquiryStatus::Closed).await;
    }
    t.inquiry(ada.id, "open").await;
    let inquiries = t.fresh().await.inquiries;
    let closed = Some(InquiryStatus::Closed);
    check_paging(
        &ids(&all),
        |thread: &InquiryThread| thread.inquiry.id,
        async |page| inquiries.list_all(closed, page).await.expect("list_all"),
    )
    .await;
    for (status, want) in [(InquiryStatus::Answered, 0), (InquiryStatus::Open, 2)] {
        let listed = inquiries.list_all(Some(status), first_page()).await;
        let listed = listed.expect("list_all");
        assert_eq!(listed.count, want);
        assert_eq!(listed.items.len() as u64, want);
    }
}

pub(super) async fn listed_inquiries_have_every_field_and_no_replies(t: Trial) {
    let (ada, bob) = (t.user("Ada").await, t.user("Bob").await);
    let of_ada = t.inquiry(ada.id, "of Ada").await;
    t.make.later(Duration::from_mins(1));
    let of_bob = t.inquiry(bob.id, "of Bob").await;
    t.make.later(Duration::from_mins(1));
    let reply = t.write(AddReply {
        inquiry: of_ada.id,
        reply: t.make.reply("answer"),
    });
    let answered = t.store.inquiries.reply(reply).await;
    let answered = answered.expect("reply").expect("a thread").inquiry;
    assert_ne!(answered.created_at, answered.updated_at);
    let inquiries = t.fresh().await.inquiries;
    let own = inquiries.list_own(ada.id, first_page()).await;
    let own = own.expect("list_own").items;
    assert_eq!(own.as_slice(), std::slice::from_ref(&answered));
    let all = inquiries.list_all(None, first_page()).await;
    let expected = [thread(&of_bob, &bob), thread(&answered, &ada)];
    assert_eq!(all.expect("list_all").items, expected);
    let status = Some(InquiryStatus::Answered);
    let page = PageRequest {
        anchor: Anchor::After(t.make.id()),
        ..first_page()
    };
    let some = inquiries.list_all(status, page).await;
    assert_eq!(some.expect("list_all").items, expected[1..]);
}
