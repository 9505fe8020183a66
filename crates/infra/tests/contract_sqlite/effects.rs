//! What this adapter does beside the contract: encrypted mail, wake-ups,
//! named corruption, bounded purges.

use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use vestibule_domain::kernel::{StoreError, UserId, Write};
use vestibule_domain::sessions::{EndSession, RotateRefresh};
use vestibule_domain::users::{NewUser, UserFilter};
use vestibule_testkit::doubles::digest;
use vestibule_testkit::fixtures::{Fixtures, new_user};

use super::support::{Handle, Migrated};

/// Makes a user with as many letters to send.
async fn user_with_jobs(handle: &Handle, make: &Fixtures, jobs: usize) -> UserId {
    let account = make.account("ada");
    let user = account.id;
    let mut write = Write::new(new_user(account), make.now());
    write.jobs = (0..jobs).map(|_| make.job(Some(user))).collect();
    handle
        .storage
        .users
        .register(write)
        .await
        .expect("register");
    user
}

#[tokio::test]
async fn letters_wait_encrypted_and_leave_nothing() {
    let db = Migrated::new();
    let handle = db.connect(false);
    let make = Fixtures::default();
    user_with_jobs(&handle, &make, 1).await;
    let holds = |text: &str| {
        let bytes = db.bytes();
        bytes
            .windows(text.len())
            .any(|window| window == text.as_bytes())
    };
    assert!(holds("ada@example.com"), "the account itself is readable");
    assert!(!holds("key of job_"), "the letter is readable");
    assert!(!holds("verify_email"), "the kind of the letter is readable");

    let now = make.now();
    let outbox = &handle.storage.outbox;
    let jobs = outbox.claim(now, now, 10).await.expect("claim");
    assert_eq!(jobs.len(), 1);
    assert!(format!("{:?}", serde_json::to_string(&jobs[0].work)).contains("key of job_"));
}

#[tokio::test]
async fn an_unreadable_letter_does_not_hold_up_the_others() {
    let db = Migrated::new();
    let mut conn = db.conn();
    let handle = db.connect(false);
    let make = Fixtures::default();
    user_with_jobs(&handle, &make, 3).await;
    // A payload in another row than its own, as if somebody had moved it.
    conn.batch_execute(
        "UPDATE outbox SET payload = (SELECT payload FROM outbox ORDER BY id DESC LIMIT 1) \
             WHERE id = (SELECT min(id) FROM outbox)",
    )
    .expect("the damage");
    let now = make.now();
    let jobs = handle.storage.outbox.claim(now, now, 10).await;
    assert_eq!(jobs.expect("claim").len(), 2);
}

#[tokio::test]
async fn the_delivery_is_woken_by_letters_only() {
    let db = Migrated::new();
    let handle = db.connect(false);
    let make = Fixtures::default();
    let woken = async || {
        let wait = tokio::time::timeout(Duration::from_millis(20), handle.jobs_stored.notified());
        wait.await.is_ok()
    };
    let user = user_with_jobs(&handle, &make, 1).await;
    assert!(woken().await, "a letter was stored");

    let silent = NewUser {
        ..new_user(make.account("bob"))
    };
    let write = Write::new(silent, make.now());
    handle
        .storage
        .users
        .register(write)
        .await
        .expect("register");
    assert!(!woken().await, "no letter was stored");

    let gone = EndSession {
        user,
        session: make.id(),
    };
    let write = Write::new(gone, make.now()).job(make.job(Some(user)));
    assert!(!handle.storage.sessions.end(write).await.expect("end"));
    assert!(!woken().await, "the command had no effect");
}

#[tokio::test]
async fn a_corrupt_value_is_named() {
    let db = Migrated::new();
    let mut conn = db.conn();
    let handle = db.connect(false);
    let make = Fixtures::default();
    let user = user_with_jobs(&handle, &make, 0).await;
    for (column, damage) in [
        ("timezone", "'Mars/Olympus'"),
        ("email", "'nobody'"),
        ("items_per_page", "4"),
        ("features", "'[]'"),
        ("preferred_notification_channels", "'[\"email\",\"email\"]'"),
        ("country", "'Atlantis'"),
    ] {
        conn.batch_execute(&format!(
            "CREATE TEMP TABLE saved AS SELECT {column} AS value FROM users; \
                 UPDATE users SET {column} = {damage}"
        ))
        .expect("the damage");
        let users = &handle.storage.users;
        let size = vestibule_domain::kernel::PageSize::DEFAULT;
        let page = vestibule_domain::kernel::PageRequest::number(1, size);
        let errors = [
            users.account(user).await.map(drop),
            users.list(UserFilter::default(), page).await.map(drop),
        ];
        for error in errors {
            match error {
                Err(StoreError::Corrupt {
                    table,
                    column: named,
                    row,
                }) => assert_eq!((table, named, row), ("users", column, user.to_string())),
                other => panic!("{column}: {other:?}"),
            }
        }
        conn.batch_execute(&format!(
            "UPDATE users SET {column} = (SELECT value FROM saved); DROP TABLE saved"
        ))
        .expect("the repair");
    }
    let repaired = handle.storage.users.account(user).await;
    assert!(repaired.expect("account").is_some());
}

/// A session with more refresh tokens than one transaction may delete.
#[tokio::test]
async fn a_purge_takes_thousands_of_refresh_tokens_along() {
    let db = Migrated::new();
    let mut conn = db.conn();
    let handle = db.connect(false);
    let make = Fixtures::default();
    let account = make.account("ada");
    let session = make.session(&account);
    let new = NewUser {
        session: Some(session.clone()),
        ..new_user(account)
    };
    let users = &handle.storage.users;
    users
        .register(Write::new(new, make.now()))
        .await
        .expect("register");
    let rotate = RotateRefresh {
        session: session.session.id,
        old: session.refresh,
        new: digest("the successor"),
    };
    let sessions = &handle.storage.sessions;
    let rotated = sessions
        .rotate_refresh(Write::new(rotate, make.now()))
        .await;
    assert!(rotated.expect("rotate_refresh"));
    conn.batch_execute(
        "INSERT INTO refresh_tokens (digest, session_id, superseded_at) \
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1200) \
             SELECT randomblob(32), sessions.id, 1 FROM n, sessions",
    )
    .expect("the tokens");
    let maintenance = &handle.storage.maintenance;
    let early = maintenance.purge(make.now(), 500).await;
    assert_eq!(early.expect("purge"), 0);
    let later = make.later(Duration::from_hours(31 * 24));
    let purged = maintenance.purge(later, 500).await;
    assert_eq!(
        purged.expect("purge"),
        1,
        "the session counts, its tokens do not"
    );
    let left: i64 = sql::<BigInt>("SELECT count(*) FROM refresh_tokens")
        .get_result(&mut conn)
        .expect("a count");
    assert_eq!(left, 0);
}
