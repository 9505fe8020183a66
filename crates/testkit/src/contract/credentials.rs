use std::time::Duration;

use vestibule_domain::credentials::{
    Credential, CredentialVersion, IssueToken, NewToken, PasswordHash, Rehash, ReplacePassword,
    TokenKind,
};
use vestibule_domain::kernel::{SessionId, StoreError, UserId};
use vestibule_domain::sessions::{NewSession, OpenSession};
use vestibule_domain::users::{Account, NewUser, UpdateUser, UserChanges, VerifyEmail};

use super::trial::{Trial, assert_is, parallel};
use crate::doubles::digest;
use crate::fixtures::{email, new_user, username};

pub(super) fn hash(text: &str) -> PasswordHash {
    PasswordHash::new(text)
}

impl Trial {
    /// The credential, read through a handle that has seen nothing yet.
    pub(super) async fn credential(&self, user: UserId) -> Credential {
        let credential = self.fresh().await.credentials.by_user(user).await;
        credential.expect("by_user").expect("a credential")
    }

    /// Opens another session of the account.
    pub(super) async fn open_session(&self, user: UserId) -> NewSession {
        let credential = self.credential(user).await;
        let session = self.make.session(&credential.account);
        let open = self.write(OpenSession {
            session: session.clone(),
            checked: credential.version,
        });
        self.store.sessions.open(open).await.expect("open");
        session
    }

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

    async fn replace(&self, user: UserId, keep: Option<SessionId>) {
        let checked = self.credential(user).await.version;
        let command = replace(user, checked, keep);
        let replaced = self.store.credentials.replace_password(self.write(command));
        replaced.await.expect("replace_password");
    }
}

fn replace(user: UserId, checked: CredentialVersion, keep: Option<SessionId>) -> ReplacePassword {
    ReplacePassword {
        user,
        checked,
        password_hash: hash("new hash"),
        keep,
    }
}

/// Nothing about the credential has changed.
pub(super) async fn assert_untouched(t: &Trial, before: &Credential) {
    let now = t.credential(before.account.id).await;
    assert_eq!(now.account, before.account);
    assert_eq!(now.password_hash, before.password_hash);
    assert_eq!(now.version, before.version);
}

pub(super) async fn a_credential_is_found_by_each_name(t: Trial) {
    let ada = t.user("Ada").await;
    t.user("bob").await;
    let credentials = t.fresh().await.credentials;
    let found = [
        credentials.by_user(ada.id).await,
        credentials.by_username(&username("aDA")).await,
        credentials.by_email(&email("aDA@EXAMPLE.com")).await,
    ];
    for credential in found {
        let credential = credential.expect("a look-up").expect("a credential");
        assert_eq!(*credential.account, ada);
        assert_eq!(credential.password_hash, Some(hash("hash of Ada")));
    }
}

pub(super) async fn unknown_credentials_are_none(t: Trial) {
    t.user("ada").await;
    let credentials = &t.store.credentials;
    assert_is!(credentials.by_user(t.make.id()).await, Ok(None));
    assert_is!(credentials.by_username(&username("bob")).await, Ok(None));
    assert_is!(
        credentials.by_email(&email("bob@example.com")).await,
        Ok(None)
    );
}

pub(super) async fn replace_password_sets_the_hash_and_counts_it(t: Trial) {
    let ada = t.user("ada").await;
    let before = t.credential(ada.id).await;
    let command = replace(ada.id, before.version, None);
    t.commits(ada.id, command, async |write| {
        t.store.credentials.replace_password(write).await
    })
    .await;
    let after = t.credential(ada.id).await;
    assert_eq!(after.password_hash, Some(hash("new hash")));
    assert_eq!(after.version.0, before.version.0 + 1);
    assert_eq!(after.account.auth_epoch, ada.auth_epoch + 1);
    let here = t.store.credentials.by_user(ada.id).await;
    let here = here.expect("by_user").expect("a credential");
    assert_eq!(here.account, after.account);
}

pub(super) async fn replace_password_sets_a_first_password(t: Trial) {
    let account = t.make.account("ada");
    let new = NewUser {
        password_hash: None,
        ..new_user(account.clone())
    };
    t.register(new).await;
    t.replace(account.id, None).await;
    let after = t.credential(account.id).await;
    assert_eq!(after.password_hash, Some(hash("new hash")));
}

pub(super) async fn replace_password_ends_all_sessions_but_the_kept_one(t: Trial) {
    let (ada, first) = t.signed_in_user("ada").await;
    let kept = t.open_session(ada.id).await;
    let third = t.open_session(ada.id).await;
    let (_, of_bob) = t.signed_in_user("bob").await;
    for session in [&first, &kept, &third, &of_bob] {
        assert!(t.is_live(session).await);
    }
    t.replace(ada.id, Some(kept.session.id)).await;
    assert!(t.is_live(&kept).await);
    assert!(t.is_live(&of_bob).await);
    assert!(!t.is_live(&first).await);
    assert!(!t.is_live(&third).await);
    let fresh = t.fresh().await.sessions;
    let ended = fresh.signed_in(first.session.id, ada.id).await;
    assert_is!(ended, Ok(None));
    assert_is!(fresh.refresh_record(first.refresh).await, Ok(None));
}

pub(super) async fn a_kept_session_changes_in_its_epoch_only(t: Trial) {
    let (ada, mut kept) = t.signed_in_user("ada").await;
    t.replace(ada.id, Some(kept.session.id)).await;
    let found = t
        .fresh()
        .await
        .sessions
        .signed_in(kept.session.id, ada.id)
        .await;
    let found = found.expect("signed_in").expect("the session");
    kept.session.auth_epoch += 1;
    assert_eq!(*found.session, kept.session);
}

pub(super) async fn replace_password_keeps_none_when_told_so(t: Trial) {
    let (ada, session) = t.signed_in_user("ada").await;
    t.replace(ada.id, None).await;
    assert!(!t.is_live(&session).await);
}

pub(super) async fn replace_password_does_not_revive_an_ended_session(t: Trial) {
    let (ada, session) = t.signed_in_user("ada").await;
    let end = UpdateUser {
        user: ada.id,
        expected: None,
        changes: UserChanges::default(),
        end_sessions: true,
    };
    t.store.users.update(t.write(end)).await.expect("update");
    t.replace(ada.id, Some(session.session.id)).await;
    assert!(!t.is_live(&session).await);
}

pub(super) async fn replace_password_keeps_sessions_of_its_user_only(t: Trial) {
    let (ada, session) = t.signed_in_user("ada").await;
    let (_, of_bob) = t.signed_in_user("bob").await;
    t.replace(ada.id, Some(of_bob.session.id)).await;
    assert!(!t.is_live(&session).await);
    assert!(t.is_live(&of_bob).await);
}

pub(super) async fn replace_password_deletes_reset_tokens(t: Trial) {
    let (ada, bob) = (t.user("ada").await, t.user("bob").await);
    let reset = t.issued(TokenKind::ResetPassword, &ada).await;
    let of_bob = t.issued(TokenKind::ResetPassword, &bob).await;
    let verify = t.issued(TokenKind::VerifyEmail, &ada).await;
    t.replace(ada.id, None).await;
    assert!(!t.resets(ada.id, &reset).await);
    assert!(t.resets(bob.id, &of_bob).await);
    let verify = t.write(VerifyEmail {
        token: verify.digest,
    });
    assert_is!(t.store.users.verify_email(verify).await, Ok(Some(_)));
}

pub(super) async fn replace_password_of_another_state_changes_nothing(t: Trial) {
    let (ada, session) = t.signed_in_user("ada").await;
    let token = t.issued(TokenKind::ResetPassword, &ada).await;
    let before = t.credential(ada.id).await;
    for checked in [before.version.0 - 1, before.version.0 + 1] {
        let command = replace(ada.id, CredentialVersion(checked), None);
        let refused = t
            .leaves_no_envelope(ada.id, command, async |write| {
                t.store.credentials.replace_password(write).await
            })
            .await;
        assert_is!(refused, Err(StoreError::Conflict));
        assert_untouched(&t, &before).await;
        assert!(t.is_live(&session).await);
        assert!(t.resets(ada.id, &token).await);
    }
}

pub(super) async fn replace_password_without_account_is_missing(t: Trial) {
    let command = replace(t.make.id(), CredentialVersion(1), None);
    let refused = t.store.credentials.replace_password(t.write(command)).await;
    assert_is!(refused, Err(StoreError::Missing("user")));
}

pub(super) async fn parallel_replacements_of_one_state_succeed_once(t: Trial) {
    let ada = t.user("ada").await;
    let before = t.credential(ada.id).await;
    let answers = parallel(20, |number| {
        let credentials = t.store.credentials.clone();
        let write = t.write(ReplacePassword {
            password_hash: hash(&format!("hash {number}")),
            ..replace(ada.id, before.version, None)
        });
        async move { credentials.replace_password(write).await }
    })
    .await;
    let winners: Vec<usize> = (0..20).filter(|n| answers[*n].is_ok()).collect();
    assert_eq!(winners.len(), 1, "exactly one replacement succeeds");
    let after = t.credential(ada.id).await;
    assert_eq!(after.version.0, before.version.0 + 1);
    let winner = hash(&format!("hash {}", winners[0]));
    assert_eq!(after.password_hash, Some(winner));
}

pub(super) async fn an_issued_token_is_stored_with_its_envelope(t: Trial) {
    let ada = t.user("ada").await;
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
    assert_eq!(found.password_hash, Some(hash("hash of ada")));
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
    let command = IssueToken {
        user: nobody.id,
        token: t.make.token(TokenKind::ResetPassword, &nobody),
    };
    let refused = t
        .leaves_no_envelope(ada.id, command, async |write| {
            t.store.credentials.issue_token(write).await
        })
        .await;
    assert_is!(refused, Err(StoreError::Missing("user")));
}

pub(super) async fn a_reissued_token_replaces_those_of_its_user_and_kind(t: Trial) {
    let (ada, bob) = (t.user("ada").await, t.user("bob").await);
    let first = t.issued(TokenKind::ResetPassword, &ada).await;
    let verify = t.issued(TokenKind::VerifyEmail, &ada).await;
    let of_bob = t.issued(TokenKind::ResetPassword, &bob).await;
    let second = t.issued(TokenKind::ResetPassword, &ada).await;
    assert!(!t.resets(ada.id, &first).await);
    assert!(t.resets(ada.id, &second).await);
    assert!(t.resets(bob.id, &of_bob).await);
    let verify = t.write(VerifyEmail {
        token: verify.digest,
    });
    assert_is!(t.store.users.verify_email(verify).await, Ok(Some(_)));
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

pub(super) async fn rehash_sets_the_hash_and_nothing_else(t: Trial) {
    let (ada, session) = t.signed_in_user("ada").await;
    let before = t.credential(ada.id).await;
    let command = Rehash {
        user: ada.id,
        checked: before.version,
        password_hash: hash("dearer hash"),
    };
    t.make.later(Duration::from_secs(1));
    t.commits(ada.id, command, async |write| {
        t.store.credentials.rehash(write).await
    })
    .await;
    let after = t.credential(ada.id).await;
    assert_eq!(after.password_hash, Some(hash("dearer hash")));
    assert_eq!(after.version, before.version);
    assert_eq!(after.account, before.account);
    assert!(t.is_live(&session).await);
}

pub(super) async fn rehash_of_another_state_changes_nothing(t: Trial) {
    let ada = t.user("ada").await;
    let checked = t.credential(ada.id).await.version;
    t.replace(ada.id, None).await;
    let before = t.credential(ada.id).await;
    let command = Rehash {
        user: ada.id,
        checked,
        password_hash: hash("dearer hash"),
    };
    let refused = t
        .leaves_no_envelope(ada.id, command, async |write| {
            t.store.credentials.rehash(write).await
        })
        .await;
    assert_is!(refused, Err(StoreError::Conflict));
    assert_untouched(&t, &before).await;
}
