//! Single-use tokens: `CredentialStore::issue_token` and `by_reset_token`.

use std::time::Duration;

use vestibule_domain::credentials::{CredentialVersion, IssueToken, NewToken, TokenKind};
use vestibule_domain::kernel::{StoreError, UserId};
use vestibule_domain::users::Account;

use super::credentials::{hash, replace};
use super::trial::{FIRST_CREDENTIAL, Trial, assert_is, parallel};
use crate::doubles::digest;
use crate::fixtures::new_user;

impl Trial {
    /// A live token of the account.
    pub(super) async fn issued(&self, kind: TokenKind, account: &Account) -> NewToken {
        let token = self.make.token(kind, account);
        self.issue(account, &token).await;
        token
    }

    pub(super) async fn issue(&self, account: &Account, token: &NewToken) {
        let issue = self.write(IssueToken {
            user: account.id,
            token: token.clone(),
        });
        let issued = self.store.credentials.issue_token(issue).await;
        issued.expect("issue_token");
    }

    /// Whether the token resets the user's password.
    pub(super) async fn resets(&self, user: UserId, token: &NewToken) -> bool {
        let now = self.make.now();
        let credentials = self.fresh().await.credentials;
        let found = credentials.by_reset_token(user, token.digest, now).await;
        let found = found.expect("by_reset_token");
        assert!(
            found.as_ref().is_none_or(|found| found.account.id == user),
            "another user's credential was answered"
        );
        found.is_some()
    }
}

pub(super) async fn replace_password_deletes_reset_tokens(t: Trial) {
    let (ada, bob) = (t.user("ada").await, t.user("bob").await);
    let reset = t.issued(TokenKind::ResetPassword, &ada).await;
    let of_bob = t.issued(TokenKind::ResetPassword, &bob).await;
    t.replace(ada.id, None).await;
    assert!(!t.resets(ada.id, &reset).await);
    assert!(t.resets(bob.id, &of_bob).await);
}

pub(super) async fn a_refused_replacement_keeps_the_reset_token(t: Trial) {
    let ada = t.user("ada").await;
    let reset = t.issued(TokenKind::ResetPassword, &ada).await;
    let stale = CredentialVersion(FIRST_CREDENTIAL.0 + 1);
    let command = t.write(replace(ada.id, stale, None));
    let refused = t.store.credentials.replace_password(command).await;
    assert_is!(refused, Err(StoreError::Conflict));
    let command = replace(ada.id, FIRST_CREDENTIAL, None);
    let refused = t
        .repeats_once(ada.id, command, async |write| {
            t.store.credentials.replace_password(write).await
        })
        .await;
    assert_is!(refused, Err(StoreError::Duplicate("once")));
    assert!(t.resets(ada.id, &reset).await);
}

pub(super) async fn an_issued_token_is_stored_with_its_envelope(t: Trial) {
    // Its address is spelled in mixed case; the token has the canonical one.
    let ada = t.make.full_account("Ada");
    t.register(new_user(ada.clone())).await;
    let token = t.make.token(TokenKind::ResetPassword, &ada);
    let command = IssueToken {
        user: ada.id,
        token: token.clone(),
    };
    t.commits(ada.id, command, async |write| {
        t.store.credentials.issue_token(write).await
    })
    .await;
    let found = t
        .store
        .credentials
        .by_reset_token(ada.id, token.digest, t.make.now());
    let found = found.await.expect("by_reset_token").expect("a credential");
    assert_eq!(*found.account, ada);
    assert_eq!(found.password_hash, Some(hash("hash of Ada")));
    assert_eq!(found.version, t.credential(ada.id).await.version);
    // Looking does not spend it.
    assert!(t.resets(ada.id, &token).await);
}

pub(super) async fn a_token_is_issued_once(t: Trial) {
    let ada = t.user("ada").await;
    let first = t.issued(TokenKind::ResetPassword, &ada).await;
    let second = t.make.token(TokenKind::ResetPassword, &ada);
    let command = IssueToken {
        user: ada.id,
        token: second.clone(),
    };
    let refused = t
        .repeats_once(ada.id, command, async |write| {
            t.store.credentials.issue_token(write).await
        })
        .await;
    assert_is!(refused, Err(StoreError::Duplicate("once")));
    assert!(t.resets(ada.id, &first).await);
    assert!(!t.resets(ada.id, &second).await);
}

pub(super) async fn a_token_for_no_account_is_missing(t: Trial) {
    let ada = t.user("ada").await;
    let nobody = t.make.account("nobody");
    let token = t.make.token(TokenKind::ResetPassword, &nobody);
    let command = IssueToken {
        user: nobody.id,
        token: token.clone(),
    };
    let refused = t
        .leaves_no_envelope(ada.id, command, async |write| {
            t.store.credentials.issue_token(write).await
        })
        .await;
    assert_is!(refused, Err(StoreError::Missing("user")));
    // Nor does it come to life with the account.
    t.register(new_user(nobody.clone())).await;
    assert!(!t.resets(nobody.id, &token).await);
}

pub(super) async fn a_reissued_token_replaces_those_of_its_user_and_kind(t: Trial) {
    let (ada, bob) = (t.user("ada").await, t.user("bob").await);
    let first = t.issued(TokenKind::ResetPassword, &ada).await;
    let of_bob = t.issued(TokenKind::ResetPassword, &bob).await;
    let second = t.issued(TokenKind::ResetPassword, &ada).await;
    assert!(!t.resets(ada.id, &first).await);
    assert!(t.resets(ada.id, &second).await);
    assert!(t.resets(bob.id, &of_bob).await);
    t.issued(TokenKind::VerifyEmail, &ada).await;
    assert!(t.resets(ada.id, &second).await, "it is of another kind");
}

pub(super) async fn parallel_tokens_leave_one(t: Trial) {
    let ada = t.user("ada").await;
    let tokens: Vec<NewToken> = (0..20)
        .map(|_| t.make.token(TokenKind::ResetPassword, &ada))
        .collect();
    let answers = parallel(20, |number| {
        let credentials = t.store.credentials.clone();
        let write = t.write(IssueToken {
            user: ada.id,
            token: tokens[number].clone(),
        });
        async move { credentials.issue_token(write).await }
    })
    .await;
    assert!(answers.iter().all(Result::is_ok));
    let mut live = 0;
    for token in &tokens {
        live += usize::from(t.resets(ada.id, token).await);
    }
    assert_eq!(live, 1, "a user has at most one token of a kind");
}

pub(super) async fn only_a_live_reset_token_of_the_user_is_found(t: Trial) {
    let (ada, bob) = (t.user("ada").await, t.user("bob").await);
    let verify = t.issued(TokenKind::VerifyEmail, &ada).await;
    assert!(!t.resets(ada.id, &verify).await, "it is of another kind");
    let mut moved = t.make.token(TokenKind::ResetPassword, &ada);
    "former@example.com".clone_into(&mut moved.email_canonical);
    t.issue(&ada, &moved).await;
    assert!(!t.resets(ada.id, &moved).await, "the address has moved");
    let mut token = t.issued(TokenKind::ResetPassword, &ada).await;
    assert!(!t.resets(bob.id, &token).await, "it is another user's");
    let lifetime = TokenKind::ResetPassword.lifetime();
    t.make
        .later(lifetime.saturating_sub(Duration::from_micros(1)));
    assert!(t.resets(ada.id, &token).await, "it is live still");
    t.make.later(Duration::from_micros(1));
    assert!(!t.resets(ada.id, &token).await, "it has expired");
    token.digest = digest("unknown");
    assert!(!t.resets(ada.id, &token).await, "it is unknown");
}
