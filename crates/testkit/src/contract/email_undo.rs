//! What restores an address: `EmailChangeStore::undo`, `by_undo_token`, `former`.

use std::time::Duration;

use vestibule_domain::contact::{ConfirmEmailChange, UNDO_LIFETIME, UndoEmailChange};
use vestibule_domain::credentials::{NewToken, TokenKind};
use vestibule_domain::kernel::StoreError;
use vestibule_domain::users::Account;

use super::trial::{ROUNDS, Trial, assert_is, parallel};
use crate::doubles::digest;
use crate::fixtures::{email, new_user};

const MICROSECOND: Duration = Duration::from_micros(1);

/// The command that undoes `confirmed`, and the reset token that it stores.
pub(super) fn undo(t: &Trial, confirmed: &ConfirmEmailChange) -> UndoEmailChange {
    let reset = NewToken {
        email_canonical: confirmed.old.canonical(),
        ..t.make
            .token(TokenKind::ResetPassword, &t.make.account("any"))
    };
    UndoEmailChange {
        user: confirmed.user,
        token: confirmed.undo,
        reset,
    }
}

impl Trial {
    /// Whether the address can still be restored.
    async fn undoable(&self, confirmed: &ConfirmEmailChange) -> bool {
        let store = self.fresh().await.email_changes;
        let found = store.by_undo_token(confirmed.undo, self.make.now()).await;
        found.expect("by_undo_token").is_some()
    }
}

pub(super) async fn undo_restores_the_address_once(t: Trial) {
    let ada = Account {
        email: email("Ada.Old@example.com"),
        ..t.make.account("ada")
    };
    t.register(new_user(ada.clone())).await;
    let (moved, confirmed) = t.moved(&ada, "new@example.org").await;
    let found = t
        .store
        .email_changes
        .by_undo_token(confirmed.undo, t.make.now());
    let found = found.await.expect("by_undo_token").expect("an undo token");
    assert_eq!(found.former.email, ada.email);
    assert_eq!(found.former.user, ada.id);
    assert_eq!(*found.account, moved);
    t.started(&moved, "third@example.org").await;
    let at = t.make.later(Duration::from_secs(1));
    let command = undo(&t, &confirmed);
    let done = t
        .commits(ada.id, command.clone(), async |write| {
            t.store.email_changes.undo(write).await
        })
        .await;
    assert!(done);
    let mut after = moved.clone();
    after.email = ada.email.clone();
    after.email_verified = true;
    after.version.0 += 1;
    after.auth_epoch += 1;
    after.updated_at = at;
    assert_eq!(t.stored(ada.id).await, after);
    let here = t.store.users.account(ada.id).await;
    assert_eq!(here.expect("account").as_deref(), Some(&after));
    assert_eq!(t.change_of(&ada).await, None, "a pending change is gone");
    assert!(!t.undoable(&confirmed).await && t.former_of(&ada).await.is_empty());
    does_not_undo(&t, &ada, command).await;
}

async fn does_not_undo(t: &Trial, account: &Account, command: UndoEmailChange) {
    let before = t.stored(account.id).await;
    let answer = t
        .leaves_no_envelope(account.id, command, async |write| {
            t.store.email_changes.undo(write).await
        })
        .await;
    assert_is!(answer, Ok(false));
    assert_eq!(t.stored(account.id).await, before);
}

pub(super) async fn only_a_live_undo_token_of_the_user_restores(t: Trial) {
    let (ada, bob) = (t.user("ada").await, t.user("bob").await);
    let (_, confirmed) = t.moved(&ada, "new@example.org").await;
    let foreign = UndoEmailChange {
        user: bob.id,
        ..undo(&t, &confirmed)
    };
    does_not_undo(&t, &bob, foreign).await;
    let unknown = UndoEmailChange {
        token: digest("unknown"),
        ..undo(&t, &confirmed)
    };
    does_not_undo(&t, &ada, unknown).await;
    let refused = t
        .repeats_once(ada.id, undo(&t, &confirmed), async |write| {
            t.store.email_changes.undo(write).await
        })
        .await;
    assert_is!(refused, Err(StoreError::Duplicate("once")));
    t.make.later(UNDO_LIFETIME.saturating_sub(MICROSECOND));
    assert!(t.undoable(&confirmed).await && t.former_of(&ada).await.len() == 1);
    t.make.later(MICROSECOND);
    assert!(!t.undoable(&confirmed).await && t.former_of(&ada).await.is_empty());
    does_not_undo(&t, &ada, undo(&t, &confirmed)).await;
}

pub(super) async fn an_undo_ends_the_undo_tokens_that_came_after_it(t: Trial) {
    let ada = t.user("ada").await;
    let (second, first_change) = t.moved(&ada, "second@example.org").await;
    t.make.later(Duration::from_secs(1));
    let (third, second_change) = t.moved(&second, "third@example.org").await;
    t.make.later(Duration::from_secs(1));
    let (_, third_change) = t.moved(&third, "fourth@example.org").await;
    let former: Vec<_> = t
        .former_of(&ada)
        .await
        .into_iter()
        .map(|f| f.email)
        .collect();
    assert_eq!(former, [third.email, second.email.clone(), ada.email]);
    let done = t
        .store
        .email_changes
        .undo(t.write(undo(&t, &second_change)));
    assert!(done.await.expect("undo"));
    assert_eq!(t.stored(ada.id).await.email, second.email);
    assert!(
        !t.undoable(&third_change).await,
        "it was made by whoever had the account"
    );
    assert!(t.undoable(&first_change).await, "it is older");
}

pub(super) async fn an_undo_ends_the_undo_tokens_of_its_instant(t: Trial) {
    let ada = t.user("ada").await;
    let (second, first_change) = t.moved(&ada, "second@example.org").await;
    let (_, second_change) = t.moved(&second, "third@example.org").await;
    assert_eq!(first_change.undo_expires_at, second_change.undo_expires_at);
    let done = t.store.email_changes.undo(t.write(undo(&t, &first_change)));
    assert!(done.await.expect("undo"));
    assert!(!t.undoable(&second_change).await);
    assert_eq!(t.former_of(&ada).await, []);
}

pub(super) async fn an_undo_leaves_what_others_may_restore(t: Trial) {
    let (ada, bob) = (t.user("ada").await, t.user("bob").await);
    let (_, confirmed) = t.moved(&ada, "ada@example.org").await;
    t.make.later(Duration::from_secs(1));
    let (of_bob, kept) = t.moved(&bob, "bob@example.org").await;
    let pending = t.started(&of_bob, "third@example.org").await;
    let done = t.store.email_changes.undo(t.write(undo(&t, &confirmed)));
    assert!(done.await.expect("undo"));
    assert!(t.undoable(&kept).await, "it came later, but is another's");
    assert_eq!(t.former_of(&bob).await.len(), 1);
    assert_eq!(t.change_of(&bob).await, Some(pending.change));
    assert_eq!(t.stored(bob.id).await, of_bob);
}

pub(super) async fn an_address_may_be_spelled_anew(t: Trial) {
    let ada = t.user("ada").await;
    let (moved, confirmed) = t.moved(&ada, "ADA@example.com").await;
    assert_eq!(moved.email.as_str(), "ADA@example.com");
    assert_eq!(t.stored(ada.id).await, moved);
    let done = t.store.email_changes.undo(t.write(undo(&t, &confirmed)));
    assert!(done.await.expect("undo"));
    assert_eq!(t.stored(ada.id).await.email.as_str(), ada.email.as_str());
}

pub(super) async fn an_address_that_was_taken_is_not_restored(t: Trial) {
    let ada = t.user("ada").await;
    let (moved, confirmed) = t.moved(&ada, "new@example.org").await;
    let squatter = Account {
        email: email("ADA@example.com"),
        ..t.make.account("squatter")
    };
    t.register(new_user(squatter)).await;
    let refused = t
        .leaves_no_envelope(ada.id, undo(&t, &confirmed), async |write| {
            t.store.email_changes.undo(write).await
        })
        .await;
    assert_is!(refused, Err(StoreError::Duplicate("email")));
    assert_eq!(t.stored(ada.id).await, moved);
    assert!(
        t.undoable(&confirmed).await,
        "the refusal does not spend it"
    );
}

pub(super) async fn parallel_undos_with_one_token_succeed_once(t: Trial) {
    for round in 0..ROUNDS {
        let ada = t.user(&format!("ada{round}")).await;
        let (moved, confirmed) = t.moved(&ada, &format!("new{round}@example.org")).await;
        let answers = parallel(20, |_| {
            let store = t.store.email_changes.clone();
            let write = t.write(undo(&t, &confirmed));
            async move { store.undo(write).await.expect("undo") }
        })
        .await;
        assert_eq!(answers.into_iter().filter(|done| *done).count(), 1);
        assert_eq!(t.stored(ada.id).await.version.0, moved.version.0 + 1);
    }
}
