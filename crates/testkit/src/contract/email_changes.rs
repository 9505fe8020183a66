//! Changes of e-mail addresses: `EmailChangeStore`.

use std::time::Duration;

use vestibule_domain::contact::{
    CancelEmailChange, ConfirmEmailChange, EMAIL_CHANGE_LIFETIME, EmailChange, FormerEmail,
    MAX_CODE_TRIES, PendingEmailChange, StartEmailChange, TryCode, UNDO_LIFETIME,
};
use vestibule_domain::kernel::StoreError;
use vestibule_domain::users::Account;

pub(super) use super::faults::email_changes as a_store_that_is_down_is_unavailable;
use super::trial::{ROUNDS, Trial, assert_is, parallel};
use crate::doubles::digest;
use crate::fixtures::{email, new_user};

const MICROSECOND: Duration = Duration::from_micros(1);

/// A change of the account's address, from now on.
pub(super) fn start(t: &Trial, account: &Account, new_email: &str) -> StartEmailChange {
    let id: vestibule_domain::kernel::JobId = t.make.id();
    let now = t.make.now();
    StartEmailChange {
        change: EmailChange {
            user: account.id,
            new_email: email(new_email),
            created_at: now,
            expires_at: now.after(EMAIL_CHANGE_LIFETIME),
        },
        token: digest(&format!("token {id}")),
        code: digest(&format!("code {id}")),
    }
}

pub(super) fn confirm(
    t: &Trial,
    account: &Account,
    start: &StartEmailChange,
) -> ConfirmEmailChange {
    let id: vestibule_domain::kernel::JobId = t.make.id();
    ConfirmEmailChange {
        user: account.id,
        token: start.token,
        old: account.email.clone(),
        undo: digest(&format!("undo {id}")),
        undo_expires_at: t.make.now().after(UNDO_LIFETIME),
    }
}

impl Trial {
    /// A change of the account's address that was started.
    pub(super) async fn started(&self, account: &Account, new_email: &str) -> StartEmailChange {
        let start = start(self, account, new_email);
        let write = self.write(start.clone());
        self.store.email_changes.start(write).await.expect("start");
        start
    }

    /// A change that was confirmed; answers the account as it is then.
    pub(super) async fn moved(
        &self,
        account: &Account,
        new_email: &str,
    ) -> (Account, ConfirmEmailChange) {
        let start = self.started(account, new_email).await;
        let command = confirm(self, account, &start);
        let moved = self
            .store
            .email_changes
            .confirm(self.write(command.clone()));
        let moved = moved.await.expect("confirm").expect("an account");
        (moved.as_ref().clone(), command)
    }

    /// The user's pending change, through a fresh handle.
    pub(super) async fn change_of(&self, account: &Account) -> Option<EmailChange> {
        let store = self.fresh().await.email_changes;
        let found = store.pending(account.id, self.make.now()).await;
        found.expect("pending")
    }

    /// Whether the change can be confirmed by its token.
    async fn confirmable(&self, start: &StartEmailChange) -> bool {
        let store = self.fresh().await.email_changes;
        let found = store.by_token(start.token, self.make.now()).await;
        found.expect("by_token").is_some()
    }

    async fn tried(&self, account: &Account) -> Option<PendingEmailChange> {
        let write = self.write(TryCode { user: account.id });
        let tried = self.store.email_changes.try_code(write).await;
        tried.expect("try_code")
    }

    pub(super) async fn former_of(&self, account: &Account) -> Vec<FormerEmail> {
        let store = self.fresh().await.email_changes;
        let former = store.former(account.id, self.make.now()).await;
        former.expect("former")
    }
}

pub(super) async fn a_change_is_stored_whole(t: Trial) {
    let ada = t.user("ada").await;
    let start = start(&t, &ada, "Ada.New@Example.org");
    t.commits(ada.id, start.clone(), async |write| {
        t.store.email_changes.start(write).await
    })
    .await;
    assert_eq!(t.change_of(&ada).await, Some(start.change.clone()));
    let expected = PendingEmailChange {
        change: start.change.clone(),
        token: start.token,
        code: start.code,
        account: ada.clone().into(),
    };
    let store = t.fresh().await.email_changes;
    let found = store.by_token(start.token, t.make.now()).await;
    assert_eq!(found.expect("by_token"), Some(expected.clone()));
    assert_eq!(t.tried(&ada).await, Some(expected));
    let nobody = t.user("bob").await;
    assert_eq!(t.change_of(&nobody).await, None);
    let tried = t
        .leaves_no_envelope(nobody.id, TryCode { user: nobody.id }, async |write| {
            t.store.email_changes.try_code(write).await
        })
        .await;
    assert_is!(tried, Ok(None));
    assert_eq!(t.stored(ada.id).await, ada, "the address stays for now");
}

pub(super) async fn a_new_start_replaces_the_change(t: Trial) {
    let (ada, bob) = (t.user("ada").await, t.user("bob").await);
    let of_bob = t.started(&bob, "new@example.org").await;
    let first = t.started(&ada, "tyop@example.org").await;
    for _ in 0..MAX_CODE_TRIES {
        assert!(t.tried(&ada).await.is_some());
    }
    t.make.later(MICROSECOND);
    let second = t.started(&ada, "new@example.org").await;
    assert!(!t.confirmable(&first).await);
    assert!(t.confirmable(&second).await && t.confirmable(&of_bob).await);
    assert_eq!(t.change_of(&ada).await, Some(second.change));
    let tried = t.tried(&ada).await.expect("the tries count anew");
    assert_eq!(tried.code, second.code);
}

pub(super) async fn a_refused_start_leaves_nothing(t: Trial) {
    let ada = t.user("ada").await;
    let first = t.started(&ada, "new@example.org").await;
    let command = start(&t, &ada, "other@example.org");
    let refused = t
        .repeats_once(ada.id, command, async |write| {
            t.store.email_changes.start(write).await
        })
        .await;
    assert_is!(refused, Err(StoreError::Duplicate("once")));
    assert_eq!(t.change_of(&ada).await, Some(first.change));
    let nobody = t.make.account("nobody");
    let command = start(&t, &nobody, "new@example.org");
    let refused = t
        .leaves_no_envelope(ada.id, command, async |write| {
            t.store.email_changes.start(write).await
        })
        .await;
    assert_is!(refused, Err(StoreError::Missing("user")));
}

pub(super) async fn a_change_lives_until_it_expires(t: Trial) {
    let ada = t.user("ada").await;
    let start = t.started(&ada, "new@example.org").await;
    t.make
        .later(EMAIL_CHANGE_LIFETIME.saturating_sub(MICROSECOND));
    assert!(t.confirmable(&start).await && t.change_of(&ada).await.is_some());
    assert!(t.tried(&ada).await.is_some());
    t.make.later(MICROSECOND);
    assert!(!t.confirmable(&start).await && t.change_of(&ada).await.is_none());
    assert!(t.tried(&ada).await.is_none());
    does_not_confirm(&t, &ada, confirm(&t, &ada, &start)).await;
    let cancel = CancelEmailChange {
        user: ada.id,
        expected: None,
    };
    let cancelled = t.store.email_changes.cancel(t.write(cancel)).await;
    assert_is!(cancelled, Ok(false));
}

pub(super) async fn cancel_deletes_the_change_once(t: Trial) {
    let (ada, bob) = (t.user("ada").await, t.user("bob").await);
    let start = t.started(&ada, "new@example.org").await;
    let of_bob = t.started(&bob, "new@example.org").await;
    let cancel = |expected| CancelEmailChange {
        user: ada.id,
        expected,
    };
    let seen = start.change.created_at;
    let stale = t
        .leaves_no_envelope(
            ada.id,
            cancel(Some(seen.after(MICROSECOND))),
            async |write| t.store.email_changes.cancel(write).await,
        )
        .await;
    assert_is!(stale, Err(StoreError::Conflict));
    let refused = t
        .repeats_once(ada.id, cancel(None), async |write| {
            t.store.email_changes.cancel(write).await
        })
        .await;
    assert_is!(refused, Err(StoreError::Duplicate("once")));
    assert!(t.confirmable(&start).await);
    let done = t
        .commits(ada.id, cancel(Some(seen)), async |write| {
            t.store.email_changes.cancel(write).await
        })
        .await;
    assert!(done);
    assert!(!t.confirmable(&start).await && t.confirmable(&of_bob).await);
    assert!(t.tried(&ada).await.is_none());
    let again = t
        .leaves_no_envelope(ada.id, cancel(None), async |write| {
            t.store.email_changes.cancel(write).await
        })
        .await;
    assert_is!(again, Ok(false));
}

pub(super) async fn parallel_cancellations_of_one_change_succeed_once(t: Trial) {
    let ada = t.user("ada").await;
    for _ in 0..ROUNDS {
        t.started(&ada, "new@example.org").await;
        let done = parallel(8, |_| {
            let store = t.store.email_changes.clone();
            let write = t.write(CancelEmailChange {
                user: ada.id,
                expected: None,
            });
            async move { store.cancel(write).await.expect("cancel") }
        })
        .await;
        assert_eq!(done.into_iter().filter(|done| *done).count(), 1);
        assert_eq!(t.change_of(&ada).await, None);
    }
}

pub(super) async fn a_try_under_a_stored_once_is_not_counted(t: Trial) {
    let ada = t.user("ada").await;
    t.started(&ada, "new@example.org").await;
    for _ in 0..MAX_CODE_TRIES {
        let refused = t
            .repeats_once(ada.id, TryCode { user: ada.id }, async |write| {
                t.store.email_changes.try_code(write).await
            })
            .await;
        assert_is!(refused, Err(StoreError::Duplicate("once")));
    }
    t.commits(ada.id, TryCode { user: ada.id }, async |write| {
        t.store.email_changes.try_code(write).await
    })
    .await
    .expect("the first try that counts");
}

pub(super) async fn parallel_tries_count_one_each(t: Trial) {
    for round in 0..ROUNDS {
        let ada = t.user(&format!("ada{round}")).await;
        let start = t.started(&ada, "new@example.org").await;
        let answers = parallel(20, |_| {
            let store = t.store.email_changes.clone();
            let write = t.write(TryCode { user: ada.id });
            async move { store.try_code(write).await.expect("try_code").is_some() }
        })
        .await;
        let tries = answers.into_iter().filter(|tried| *tried).count();
        assert_eq!(u32::try_from(tries), Ok(MAX_CODE_TRIES));
        let late = t
            .leaves_no_envelope(ada.id, TryCode { user: ada.id }, async |write| {
                t.store.email_changes.try_code(write).await
            })
            .await;
        assert_is!(late, Ok(None));
        assert!(t.confirmable(&start).await, "the link is not");
    }
}

pub(super) async fn confirm_sets_the_address_and_nothing_else(t: Trial) {
    let before = t.make.full_account("ada");
    t.register(new_user(before.clone())).await;
    let bob = t.user("bob").await;
    let start = t.started(&before, "Ada.New@example.org").await;
    // What is read before, a cache may keep.
    let here = t.store.users.account(before.id).await;
    assert_eq!(here.expect("account").as_deref(), Some(&before));
    let at = t.make.later(Duration::from_secs(1));
    // What it replaces is compared in canonical form.
    let command = ConfirmEmailChange {
        old: email(&before.email.as_str().to_ascii_uppercase()),
        ..confirm(&t, &before, &start)
    };
    let answer = t
        .commits(before.id, command.clone(), async |write| {
            t.store.email_changes.confirm(write).await
        })
        .await
        .expect("an account");
    let mut after = before.clone();
    after.email = email("Ada.New@example.org");
    after.email_verified = true;
    after.version.0 += 1;
    after.updated_at = at;
    assert_eq!(*answer, after);
    assert_eq!(t.stored(before.id).await, after);
    let here = t.store.users.account(before.id).await;
    assert_eq!(here.expect("account").as_deref(), Some(&after));
    assert_eq!(t.stored(bob.id).await, bob);
    assert_eq!(t.change_of(&before).await, None, "it is spent");
    let former = FormerEmail {
        user: before.id,
        email: before.email.clone(),
        expires_at: command.undo_expires_at,
    };
    assert_eq!(t.former_of(&before).await, [former]);
    does_not_confirm(&t, &after, command).await;
}

/// The command changes nothing.
async fn does_not_confirm(t: &Trial, account: &Account, command: ConfirmEmailChange) {
    let before = t.stored(account.id).await;
    let former = t.former_of(account).await;
    let answer = t
        .leaves_no_envelope(account.id, command, async |write| {
            t.store.email_changes.confirm(write).await
        })
        .await;
    assert_is!(answer, Ok(None));
    assert_eq!(t.stored(account.id).await, before);
    assert_eq!(t.former_of(account).await, former);
}

pub(super) async fn only_the_users_own_live_token_confirms(t: Trial) {
    let (ada, bob) = (t.user("ada").await, t.user("bob").await);
    let replaced = t.started(&ada, "first@example.org").await;
    let live = t.started(&ada, "second@example.org").await;
    t.started(&bob, "third@example.org").await;
    does_not_confirm(&t, &ada, confirm(&t, &ada, &replaced)).await;
    does_not_confirm(&t, &bob, confirm(&t, &bob, &live)).await;
    let unknown = StartEmailChange {
        token: digest("unknown"),
        ..live.clone()
    };
    does_not_confirm(&t, &ada, confirm(&t, &ada, &unknown)).await;
    let nobody = t.make.account("nobody");
    let command = confirm(&t, &nobody, &live);
    let answer = t.store.email_changes.confirm(t.write(command)).await;
    assert_is!(answer, Ok(None));
    let stale = ConfirmEmailChange {
        old: email("former@example.com"),
        ..confirm(&t, &ada, &live)
    };
    let answer = t
        .leaves_no_envelope(ada.id, stale, async |write| {
            t.store.email_changes.confirm(write).await
        })
        .await;
    assert_is!(answer, Err(StoreError::Conflict));
    let command = confirm(&t, &ada, &live);
    let refused = t
        .repeats_once(ada.id, command, async |write| {
            t.store.email_changes.confirm(write).await
        })
        .await;
    assert_is!(refused, Err(StoreError::Duplicate("once")));
    assert_eq!(t.stored(ada.id).await, ada);
    assert!(t.confirmable(&live).await, "no refusal spends it");
}

pub(super) async fn a_taken_address_is_refused_in_any_case(t: Trial) {
    let (ada, bob) = (t.user("ada").await, t.user("bob").await);
    let start = t.started(&ada, "BOB@Example.com").await;
    let answer = t
        .leaves_no_envelope(ada.id, confirm(&t, &ada, &start), async |write| {
            t.store.email_changes.confirm(write).await
        })
        .await;
    assert_is!(answer, Err(StoreError::Duplicate("email")));
    assert_eq!(t.stored(ada.id).await, ada);
    assert_eq!(t.stored(bob.id).await, bob);
    assert!(t.former_of(&ada).await.is_empty());
    assert!(t.confirmable(&start).await, "the refusal does not spend it");
}

pub(super) async fn parallel_confirmations_of_one_token_succeed_once(t: Trial) {
    for round in 0..ROUNDS {
        let ada = t.user(&format!("ada{round}")).await;
        let start = t.started(&ada, &format!("new{round}@example.org")).await;
        let answers = parallel(20, |_| {
            let store = t.store.email_changes.clone();
            let write = t.write(confirm(&t, &ada, &start));
            // Whoever comes late may also find that the old address is gone.
            async move { matches!(store.confirm(write).await, Ok(Some(_))) }
        })
        .await;
        assert_eq!(answers.into_iter().filter(|won| *won).count(), 1);
        assert_eq!(t.stored(ada.id).await.version.0, ada.version.0 + 1);
        assert_eq!(t.former_of(&ada).await.len(), 1);
    }
}

pub(super) async fn of_users_who_race_for_one_address_one_wins(t: Trial) {
    for round in 0..ROUNDS {
        let wanted = format!("wanted{round}@example.org");
        let mut commands = Vec::new();
        for number in 0..6 {
            let user = t.user(&format!("user{round}_{number}")).await;
            let start = t.started(&user, &wanted).await;
            commands.push(confirm(&t, &user, &start));
        }
        let answers = parallel(6, |number| {
            let store = t.store.email_changes.clone();
            let write = t.write(commands[number].clone());
            async move { store.confirm(write).await }
        })
        .await;
        let mut won = 0;
        for answer in answers {
            match answer {
                Ok(Some(account)) => {
                    assert_eq!(account.email, email(&wanted));
                    won += 1;
                }
                other => {
                    assert_is!(other, Err(StoreError::Duplicate("email")));
                }
            }
        }
        assert_eq!(won, 1, "exactly one gets the address");
    }
}
