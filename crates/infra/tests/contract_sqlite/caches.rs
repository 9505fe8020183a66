//! That cached reads are quick and never stale.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use vestibule_domain::app::Storage;
use vestibule_domain::credentials::{CredentialVersion, PasswordHash, ReplacePassword};
use vestibule_domain::kernel::{SessionId, StoreError, UserId, Version, Write};
use vestibule_domain::sessions::{NewSession, OpenSession, SignedIn};
use vestibule_domain::users::{NewUser, UpdateUser, UserChanges};
use vestibule_testkit::fixtures::{Fixtures, new_user};

use super::support::Migrated;

/// Makes a user with a session.
async fn signed_in_user(storage: &Storage, make: &Fixtures, name: &str) -> NewSession {
    let account = make.account(name);
    let session = make.session(&account);
    let new = NewUser {
        session: Some(session.clone()),
        ..new_user(account)
    };
    let write = Write::new(new, make.now());
    storage.users.register(write).await.expect("register");
    session
}

async fn find(storage: &Storage, session: SessionId, user: UserId) -> Option<SignedIn> {
    let found = storage.sessions.signed_in(session, user).await;
    found.expect("signed_in")
}

/// Changes nothing but the version, and answers the new one.
async fn bump(storage: &Storage, make: &Fixtures, user: UserId) -> Version {
    let update = UpdateUser {
        user,
        expected: None,
        changes: UserChanges::default(),
        end_sessions: false,
    };
    let updated = storage.users.update(Write::new(update, make.now())).await;
    updated.expect("update").version
}

#[tokio::test]
async fn a_warm_read_asks_no_thread() {
    let db = Migrated::new();
    let handle = db.connect(true);
    let (storage, make) = (&handle.storage, Fixtures::default());
    let ada = signed_in_user(storage, &make, "ada").await.session;
    let bob = signed_in_user(storage, &make, "bob").await.session;
    let first = find(storage, ada.id, ada.user).await.expect("ada");

    handle.database.shutdown().await;
    let warm = find(storage, ada.id, ada.user).await.expect("ada, cached");
    assert!(Arc::ptr_eq(&first.account, &warm.account));
    assert!(Arc::ptr_eq(&first.session, &warm.session));
    let account = storage.users.account(ada.user).await.expect("account");
    assert!(Arc::ptr_eq(&first.account, &account.expect("ada, cached")));
    let cold = storage.sessions.signed_in(bob.id, bob.user).await;
    assert!(matches!(cold, Err(StoreError::Unavailable(_))), "{cold:?}");
}

#[tokio::test]
async fn without_caches_every_read_asks() {
    let db = Migrated::new();
    let handle = db.connect(false);
    let make = Fixtures::default();
    let ada = signed_in_user(&handle.storage, &make, "ada").await.session;
    find(&handle.storage, ada.id, ada.user).await.expect("ada");
    handle.database.shutdown().await;
    let read = handle.storage.sessions.signed_in(ada.id, ada.user).await;
    assert!(matches!(read, Err(StoreError::Unavailable(_))), "{read:?}");
}

/// Its deletion touches the account alone; the cached row must not outlive it.
#[tokio::test]
async fn a_cached_session_of_another_epoch_is_read_again() {
    let db = Migrated::new();
    let handle = db.connect(true);
    let (storage, make) = (&handle.storage, Fixtures::default());
    let kept = signed_in_user(storage, &make, "ada").await.session;
    let user = kept.user;
    let account = storage.users.account(user).await.expect("account");
    let other = make.session(&account.expect("ada"));
    let open = OpenSession {
        session: other.clone(),
        checked: CredentialVersion(1),
    };
    let opened = storage.sessions.open(Write::new(open, make.now())).await;
    opened.expect("open");
    let other = other.session.id;
    assert!(find(storage, kept.id, user).await.is_some());
    assert!(find(storage, other, user).await.is_some());

    let replace = ReplacePassword {
        user,
        checked: CredentialVersion(1),
        password_hash: PasswordHash::new("another hash"),
        keep: Some(kept.id),
    };
    let replaced = storage
        .credentials
        .replace_password(Write::new(replace, make.now()));
    replaced.await.expect("replace_password");
    for _ in 0..2 {
        assert!(find(storage, other, user).await.is_none());
        let kept = find(storage, kept.id, user).await.expect("the kept one");
        assert_eq!(kept.session.auth_epoch, kept.account.auth_epoch);
    }
}

/// Readers share the outcome of a load; that of a session that does not exist
/// says nothing about its user.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_unknown_session_does_not_hide_a_known_one() {
    let db = Migrated::new();
    let handle = db.connect(true);
    let (storage, make) = (&handle.storage, Fixtures::default());
    let known = signed_in_user(storage, &make, "ada").await.session;
    for _ in 0..100 {
        // Makes the account cold again.
        bump(storage, &make, known.user).await;
        let reads = [make.id(), known.id, make.id()].map(|session| {
            let (storage, user) = (storage.clone(), known.user);
            tokio::spawn(async move { find(&storage, session, user).await })
        });
        let mut found = Vec::new();
        for read in reads {
            found.push(read.await.expect("a read").is_some());
        }
        assert_eq!(found, [false, true, false]);
    }
}

/// What was answered as written is what every later read shows.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_read_is_older_than_an_answered_write() {
    let db = Migrated::new();
    let handle = db.connect(true);
    let (storage, make) = (&handle.storage, Fixtures::default());
    let session = signed_in_user(storage, &make, "ada").await.session;
    let (id, user) = (session.id, session.user);
    let answered = Arc::new(AtomicI64::new(1));
    let readers: Vec<_> = (0..4)
        .map(|_| {
            let (storage, answered) = (storage.clone(), Arc::clone(&answered));
            tokio::spawn(async move {
                let mut reads = 0_u32;
                loop {
                    let least = answered.load(Ordering::SeqCst);
                    if least == i64::MAX {
                        return reads;
                    }
                    let found = find(&storage, id, user).await.expect("signed in");
                    assert!(found.account.version.0 >= least, "a stale account");
                    reads += 1;
                    tokio::task::yield_now().await;
                }
            })
        })
        .collect();
    for _ in 0..200 {
        let Version(version) = bump(storage, &make, user).await;
        answered.store(version, Ordering::SeqCst);
    }
    answered.store(i64::MAX, Ordering::SeqCst);
    for reader in readers {
        assert!(reader.await.expect("a reader") > 0);
    }
}

#[tokio::test]
async fn a_write_of_another_process_shows_soon() {
    let db = Migrated::new();
    let mut conn = db.conn();
    let handle = db.connect(true);
    let (storage, make) = (&handle.storage, Fixtures::default());
    let ada = signed_in_user(storage, &make, "ada").await.session;
    find(storage, ada.id, ada.user).await.expect("ada");
    conn.batch_execute("UPDATE users SET suspended_at = 1")
        .expect("the update");
    let written = Instant::now();
    loop {
        let found = find(storage, ada.id, ada.user).await.expect("ada");
        if found.account.is_suspended() {
            return;
        }
        // The writer looks every 100 ms; the rest is for a busy machine.
        assert!(written.elapsed() < Duration::from_secs(5), "never shows");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
