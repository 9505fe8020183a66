use std::time::Duration;

use vestibule_domain::credentials::{
    Credential, CredentialVersion, PasswordHash, Rehash, ReplacePassword,
};
use vestibule_domain::kernel::{SessionId, StoreError, UserId};
use vestibule_domain::users::NewUser;

use super::trial::{FIRST_CREDENTIAL, ROUNDS, Trial, assert_is, parallel};
use crate::fixtures::{email, new_user, username};

pub(super) use super::faults::credentials as a_store_that_is_down_is_unavailable;
pub(super) use super::own_writes::credentials as own_writes_are_read_at_once;

pub(super) fn hash(text: &str) -> PasswordHash {
    PasswordHash::new(text)
}

impl Trial {
    /// The credential, read through a handle that has seen nothing yet.
    pub(super) async fn credential(&self, user: UserId) -> Credential {
        let credential = self.fresh().await.credentials.by_user(user).await;
        credential.expect("by_user").expect("a credential")
    }

    pub(super) async fn replace(&self, user: UserId, keep: Option<SessionId>) {
        let checked = self.credential(user).await.version;
        let command = replace(user, checked, keep);
        let replaced = self.store.credentials.replace_password(self.write(command));
        replaced.await.expect("replace_password");
    }
}

pub(super) fn replace(
    user: UserId,
    checked: CredentialVersion,
    keep: Option<SessionId>,
) -> ReplacePassword {
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
    let ada = t.make.full_account("Ada");
    t.register(new_user(ada.clone())).await;
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
        assert_eq!(credential.version, FIRST_CREDENTIAL);
    }
}

pub(super) async fn unknown_credentials_are_none(t: Trial) {
    t.user("ada.byron").await;
    let credentials = &t.store.credentials;
    assert_is!(credentials.by_user(t.make.id()).await, Ok(None));
    for name in ["bob", "ada.byron2", "ada_byron", "ada.byro", "adabyron"] {
        assert_is!(credentials.by_username(&username(name)).await, Ok(None));
    }
    let addresses = [
        "bob@example.com",
        "ada_byron@example.com",
        "ada.byron@example.co",
        "byron@example.com",
        "adabyron@example.com",
        "ada.byron+tag@example.com",
    ];
    for address in addresses {
        assert_is!(credentials.by_email(&email(address)).await, Ok(None));
    }
}

pub(super) async fn replace_password_sets_the_hash_and_counts_it(t: Trial) {
    let mut ada = t.user("ada").await;
    let of_bob = t.credential(t.user("bob").await.id).await;
    t.make.later(Duration::from_secs(1));
    let before = t.credential(ada.id).await;
    let command = replace(ada.id, before.version, None);
    t.commits(ada.id, command, async |write| {
        t.store.credentials.replace_password(write).await
    })
    .await;
    let after = t.credential(ada.id).await;
    assert_eq!(after.password_hash, Some(hash("new hash")));
    assert_eq!(after.version.0, before.version.0 + 1);
    ada.auth_epoch += 1;
    assert_eq!(*after.account, ada, "the epoch alone has changed");
    assert_untouched(&t, &of_bob).await;
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
    let before = t.credential(account.id).await;
    assert_eq!(before.password_hash, None);
    assert_eq!(before.version, FIRST_CREDENTIAL);
    t.replace(account.id, None).await;
    let after = t.credential(account.id).await;
    assert_eq!(after.password_hash, Some(hash("new hash")));
    assert_eq!(after.version.0, FIRST_CREDENTIAL.0 + 1);
}

pub(super) async fn replace_password_of_another_state_changes_nothing(t: Trial) {
    let ada = t.user("ada").await;
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
    }
}

pub(super) async fn replace_password_under_a_stored_once_is_refused(t: Trial) {
    let ada = t.user("ada").await;
    let before = t.credential(ada.id).await;
    let command = replace(ada.id, before.version, None);
    let refused = t
        .repeats_once(ada.id, command, async |write| {
            t.store.credentials.replace_password(write).await
        })
        .await;
    assert_is!(refused, Err(StoreError::Duplicate("once")));
    assert_untouched(&t, &before).await;
}

pub(super) async fn replace_password_without_account_is_missing(t: Trial) {
    let ada = t.user("ada").await;
    let command = replace(t.make.id(), FIRST_CREDENTIAL, None);
    let refused = t
        .leaves_no_envelope(ada.id, command, async |write| {
            t.store.credentials.replace_password(write).await
        })
        .await;
    assert_is!(refused, Err(StoreError::Missing("user")));
}

pub(super) async fn parallel_replacements_of_one_state_succeed_once(t: Trial) {
    for round in 0..ROUNDS {
        let ada = t.user(&format!("ada{round}")).await;
        let answers = parallel(20, |number| {
            let credentials = t.store.credentials.clone();
            let write = t.write(ReplacePassword {
                password_hash: hash(&format!("hash {number}")),
                ..replace(ada.id, FIRST_CREDENTIAL, None)
            });
            async move { credentials.replace_password(write).await }
        })
        .await;
        let mut winners = Vec::new();
        for (number, answer) in answers.into_iter().enumerate() {
            match answer {
                Ok(()) => winners.push(number),
                Err(error) => {
                    assert_is!(error, StoreError::Conflict);
                }
            }
        }
        assert_eq!(winners.len(), 1, "exactly one replacement succeeds");
        let after = t.credential(ada.id).await;
        assert_eq!(after.version.0, FIRST_CREDENTIAL.0 + 1);
        assert_eq!(after.account.auth_epoch, ada.auth_epoch + 1);
        let winner = hash(&format!("hash {}", winners[0]));
        assert_eq!(after.password_hash, Some(winner));
    }
}

pub(super) async fn a_rehash_never_brings_an_old_password_back(t: Trial) {
    for round in 0..ROUNDS * 2 {
        let ada = t.user(&format!("ada{round}")).await;
        let answers = parallel(8, |number| {
            let credentials = t.store.credentials.clone();
            let replace = (number == 3).then(|| {
                t.write(ReplacePassword {
                    password_hash: hash("new"),
                    ..replace(ada.id, FIRST_CREDENTIAL, None)
                })
            });
            let rehash = t.write(rehash(ada.id, FIRST_CREDENTIAL));
            async move {
                match replace {
                    Some(replace) => credentials.replace_password(replace).await,
                    None => credentials.rehash(rehash).await,
                }
            }
        })
        .await;
        for (number, answer) in answers.into_iter().enumerate() {
            match answer {
                Ok(()) => {}
                Err(error) => {
                    assert_is!(error, StoreError::Conflict);
                    assert_ne!(number, 3, "a rehash moves no version");
                }
            }
        }
        let after = t.credential(ada.id).await;
        assert_eq!(after.password_hash, Some(hash("new")));
    }
}

fn rehash(user: UserId, checked: CredentialVersion) -> Rehash {
    Rehash {
        user,
        checked,
        password_hash: hash("dearer hash"),
    }
}

pub(super) async fn rehash_sets_the_hash_and_nothing_else(t: Trial) {
    let ada = t.user("ada").await;
    let of_bob = t.credential(t.user("bob").await.id).await;
    let before = t.credential(ada.id).await;
    t.make.later(Duration::from_secs(1));
    t.commits(ada.id, rehash(ada.id, before.version), async |write| {
        t.store.credentials.rehash(write).await
    })
    .await;
    let after = t.credential(ada.id).await;
    assert_eq!(after.password_hash, Some(hash("dearer hash")));
    assert_eq!(after.version, before.version);
    assert_eq!(after.account, before.account);
    assert_untouched(&t, &of_bob).await;
}

pub(super) async fn a_refused_rehash_changes_nothing(t: Trial) {
    let ada = t.user("ada").await;
    t.replace(ada.id, None).await;
    let before = t.credential(ada.id).await;
    for checked in [before.version.0 - 1, before.version.0 + 1] {
        let command = rehash(ada.id, CredentialVersion(checked));
        let refused = t
            .leaves_no_envelope(ada.id, command, async |write| {
                t.store.credentials.rehash(write).await
            })
            .await;
        assert_is!(refused, Err(StoreError::Conflict));
    }
    let refused = t
        .repeats_once(ada.id, rehash(ada.id, before.version), async |write| {
            t.store.credentials.rehash(write).await
        })
        .await;
    assert_is!(refused, Err(StoreError::Duplicate("once")));
    assert_untouched(&t, &before).await;
    let nobody = rehash(t.make.id(), FIRST_CREDENTIAL);
    let refused = t
        .leaves_no_envelope(ada.id, nobody, async |write| {
            t.store.credentials.rehash(write).await
        })
        .await;
    // Whoever is gone has no state that was checked.
    assert_is!(
        refused,
        Err(StoreError::Missing("user") | StoreError::Conflict)
    );
}
