use std::sync::Arc;
use std::time::Duration;

use vestibule_domain::activity::Event;
use vestibule_domain::kernel::{GuardError, Once, StoreError, UserId, Write};
use vestibule_domain::personal_data::HideAccount;
use vestibule_domain::users::Account;

use super::paging::first_page;
use super::trial::{Trial, assert_is, parallel};
use crate::doubles::digest;
use crate::fixtures::new_user;

pub(super) use super::faults::erasure as a_store_that_is_down_is_unavailable;

impl Trial {
    pub(super) async fn hide(&self, user: UserId) {
        let hidden = self.store.erasure.hide(self.write(HideAccount { user }));
        hidden.await.expect("hide");
    }

    /// Erases a hidden account to its end.
    pub(super) async fn erase(&self, user: UserId) {
        let store = &self.store.erasure;
        while store.erase(user, 3).await.expect("erase") {}
        store.purge_journal().await.expect("purge_journal");
        store.forget(user).await.expect("forget");
    }

    async fn pending(&self, limit: u32) -> Vec<UserId> {
        let pending = self.fresh().await.erasure.pending(limit).await;
        pending.expect("pending")
    }

    /// Log entries of the user, one by one.
    async fn log_entries(&self, user: UserId, count: usize) {
        for _ in 0..count {
            let mut write: Write<()> = self.write(());
            write.log = vec![self.make.log_entry(user, Event::SessionCreated)];
            self.store.once.record(write).await.expect("record");
        }
    }

    async fn count_log(&self, user: UserId) -> u64 {
        let log = self.fresh().await.activity.list(user, first_page()).await;
        log.expect("list").count
    }

    /// Whether there is such an account, through this handle and a fresh one.
    async fn is_there(&self, account: &Account) -> bool {
        let here = self.store.users.account(account.id).await.expect("account");
        let fresh = self.fresh().await.users.account(account.id).await;
        let fresh = fresh.expect("account");
        assert_eq!(here, fresh, "the handles disagree");
        fresh.is_some()
    }
}

pub(super) async fn a_hidden_account_is_absent(t: Trial) {
    let (ada, bob) = (t.user("ada").await, t.user("bob").await);
    assert!(t.is_there(&ada).await);
    t.commits(bob.id, HideAccount { user: ada.id }, async |write| {
        t.store.erasure.hide(write).await
    })
    .await;
    assert!(!t.is_there(&ada).await);
    assert!(t.is_there(&bob).await);
    assert_eq!(t.pending(9).await, [ada.id]);
}

pub(super) async fn a_hidden_account_has_freed_its_names(t: Trial) {
    let ada = t.user("ada").await;
    t.hide(ada.id).await;
    let again = Account {
        username: ada.username.clone(),
        email: ada.email.clone(),
        ..t.make.account("another")
    };
    t.register(new_user(again.clone())).await;
    assert!(t.is_there(&again).await);
    t.erase(ada.id).await;
    assert!(t.is_there(&again).await);
}

pub(super) async fn hide_without_account_is_missing(t: Trial) {
    let (ada, bob) = (t.user("ada").await, t.user("bob").await);
    t.hide(ada.id).await;
    for nobody in [t.make.id(), ada.id] {
        let refused = t
            .leaves_no_envelope(bob.id, HideAccount { user: nobody }, async |write| {
                t.store.erasure.hide(write).await
            })
            .await;
        assert_is!(refused, Err(GuardError::Store(StoreError::Missing("user"))));
    }
    assert_eq!(t.pending(9).await, [ada.id]);
}

pub(super) async fn hide_under_a_stored_once_is_refused(t: Trial) {
    let (ada, bob) = (t.user("ada").await, t.user("bob").await);
    let refused = t
        .repeats_once(bob.id, HideAccount { user: ada.id }, async |write| {
            t.store.erasure.hide(write).await
        })
        .await;
    assert_is!(
        refused,
        Err(GuardError::Store(StoreError::Duplicate("once")))
    );
    assert!(t.is_there(&ada).await);
}

pub(super) async fn of_parallel_hidings_one_is_carried_out(t: Trial) {
    let ada = t.user("ada").await;
    let hidings = parallel(8, |_| {
        let store = t.store.erasure.clone();
        let write = t.write(HideAccount { user: ada.id });
        async move { store.hide(write).await }
    });
    let mut hidden = 0;
    for outcome in hidings.await {
        match outcome {
            Ok(()) => hidden += 1,
            Err(GuardError::Store(StoreError::Missing("user"))) => {}
            Err(error) => panic!("{error:?}"),
        }
    }
    assert_eq!(hidden, 1);
}

pub(super) async fn erasures_are_pending_until_they_are_forgotten(t: Trial) {
    let (ada, bob) = (t.user("ada").await, t.user("bob").await);
    let cyd = t.user("cyd").await;
    for user in [bob.id, ada.id] {
        t.hide(user).await;
        t.make.later(Duration::from_secs(1));
    }
    assert_eq!(t.pending(9).await, [bob.id, ada.id], "who was first");
    assert_eq!(t.pending(1).await, [bob.id]);
    t.erase(bob.id).await;
    assert_eq!(t.pending(9).await, [ada.id]);
    t.erase(ada.id).await;
    assert_eq!(t.pending(9).await, []);
    t.erase(ada.id).await;
    assert!(t.is_there(&cyd).await);
}

pub(super) async fn erase_deletes_as_many_rows_as_its_limit(t: Trial) {
    let (ada, bob) = (t.user("ada").await, t.user("bob").await);
    t.log_entries(ada.id, 7).await;
    t.log_entries(bob.id, 3).await;
    t.hide(ada.id).await;
    let store = &t.store.erasure;
    for left in [4, 1] {
        assert!(
            store.erase(ada.id, 3).await.expect("erase"),
            "there is more"
        );
        assert_eq!(t.count_log(ada.id).await, left);
    }
    while store.erase(ada.id, 3).await.expect("erase") {}
    assert_eq!(t.count_log(ada.id).await, 0);
    assert_eq!(t.count_log(bob.id).await, 3);
    assert_eq!(t.pending(9).await, [ada.id]);
}

pub(super) async fn only_hidden_accounts_are_erased(t: Trial) {
    let ada = t.user("ada").await;
    t.log_entries(ada.id, 3).await;
    for user in [ada.id, t.make.id()] {
        assert!(!t.store.erasure.erase(user, 100).await.expect("erase"));
        t.store.erasure.forget(user).await.expect("forget");
    }
    assert!(t.is_there(&ada).await);
    assert_eq!(t.count_log(ada.id).await, 3);
}

pub(super) async fn sealed_answers_go_with_the_account(t: Trial) {
    let (ada, bob) = (t.user("ada").await, t.user("bob").await);
    let mut keys = Vec::new();
    for (name, user) in [("ada", Some(ada.id)), ("bob", Some(bob.id)), ("", None)] {
        let once = Once {
            key: digest(&format!("key of {name}")),
            fingerprint: digest("body"),
            user,
            seal: Arc::new(|()| b"answer".to_vec()),
        };
        keys.push(once.key);
        let write: Write<()> = t.write(());
        let recorded = t.store.once.record(write.once(Some(once))).await;
        recorded.expect("record");
    }
    t.hide(ada.id).await;
    t.erase(ada.id).await;
    let once = t.fresh().await.once;
    for (key, is_left) in keys.into_iter().zip([false, true, true]) {
        let found = once.find(key, t.make.now()).await.expect("find");
        assert_eq!(found.is_some(), is_left);
    }
}

pub(super) async fn jobs_for_the_user_go_and_jobs_for_nobody_stay(t: Trial) {
    let ada = t.user("ada").await;
    let mut write: Write<()> = t.write(());
    write.jobs = vec![t.make.job(Some(ada.id))];
    t.store.once.record(write).await.expect("record");
    let farewell = t.make.job(None);
    let hide = t.write(HideAccount { user: ada.id }).job(farewell.clone());
    t.store.erasure.hide(hide).await.expect("hide");
    t.erase(ada.id).await;
    let now = t.make.now();
    let until = now.after(Duration::from_mins(1));
    let jobs = t.fresh().await.outbox.claim(now, until, 100).await;
    let ids: Vec<_> = jobs.expect("claim").into_iter().map(|job| job.id).collect();
    assert_eq!(ids, [farewell.id]);
}
