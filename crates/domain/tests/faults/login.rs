use vestibule_domain::activity::Event;
use vestibule_domain::credentials::{
    Credential, CredentialVersion, HashError, Login, LoginError, LoginName, PasswordHash,
};
use vestibule_domain::kernel::{Origin, Secret, StoreError, Timestamp};
use vestibule_domain::outbox::{Mail, Work};
use vestibule_domain::sessions::Grant;

use crate::world::{START, World, credential, down, jane, now};

fn attempt(world: World, name: &str) -> Result<Grant, LoginError> {
    let login = Login::new(LoginName::guess(name), Secret::new("a good password"));
    now(world.into_credentials().login(login, &Origin::default()))
}

/// A world in which `jane` is looked up by her username.
fn world(found: Option<Credential>) -> World {
    let mut world = World::new();
    world
        .credentials
        .expect_by_username()
        .times(1)
        .return_once(move |_| Ok(found));
    world
}

#[test]
fn a_store_that_is_down_is_no_wrong_password() {
    let mut world = World::new();
    world
        .credentials
        .expect_by_username()
        .return_once(|_| Err(down()));
    assert!(matches!(
        attempt(world, "jane"),
        Err(LoginError::Store(StoreError::Unavailable(_)))
    ));

    let mut world = World::new();
    world
        .credentials
        .expect_by_email()
        .return_once(|_| Err(down()));
    assert!(matches!(
        attempt(world, "jane@example.com"),
        Err(LoginError::Store(StoreError::Unavailable(_)))
    ));
}

#[test]
fn overloaded_hashing_opens_no_session() {
    let mut world = world(Some(credential(jane(), true)));
    world
        .hasher
        .expect_verify()
        .return_once(|_, _| Err(HashError::Overloaded));
    assert!(matches!(
        attempt(world, "jane"),
        Err(LoginError::Hash(HashError::Overloaded))
    ));
}

#[test]
fn what_moved_while_the_password_was_checked_is_a_failed_login() {
    for (fault, looks) in [(StoreError::Conflict, 1), (StoreError::Missing("user"), 0)] {
        let mut world = world(Some(credential(jane(), true)));
        world.expect_verify(true, true, true);
        world.sessions.expect_open().return_once(|_| Err(fault));
        let mut moved = credential(jane(), true);
        moved.version.0 += 1;
        world
            .credentials
            .expect_by_user()
            .times(looks)
            .returning(move |_| Ok(Some(moved.clone())));
        let later = world.later.clone();
        assert!(matches!(
            attempt(world, "jane"),
            Err(LoginError::InvalidCredentials)
        ));
        assert_eq!(later.run(), 0, "no rehash of a login that failed");
    }
}

#[test]
fn a_login_after_the_end_of_all_sessions_is_one_under_the_new_epoch() {
    let mut world = world(Some(credential(jane(), true)));
    world.expect_verify(true, true, false);
    let mut ended = jane();
    ended.auth_epoch += 1;
    let fresh = credential(ended, true);
    world
        .credentials
        .expect_by_user()
        .times(1)
        .return_once(move |_| Ok(Some(fresh)));
    world.sessions.expect_open().times(2).returning(|write| {
        match write.command.session.session.auth_epoch {
            3 => Err(StoreError::Conflict),
            _ => Ok(()),
        }
    });
    world.usage.expect_note().times(1).return_const(());
    let grant = attempt(world, "jane").expect("a grant");
    assert_eq!(grant.session.auth_epoch, 4);
}

#[test]
fn a_failed_commit_is_a_fault() {
    for fault in [down(), StoreError::Duplicate("session")] {
        let mut world = world(Some(credential(jane(), true)));
        world.expect_verify(true, true, false);
        world.sessions.expect_open().return_once(|_| Err(fault));
        assert!(matches!(attempt(world, "jane"), Err(LoginError::Store(_))));
    }
}

#[test]
fn who_cannot_log_in_costs_one_hash_all_the_same() {
    let mut unknown = world(None);
    unknown.expect_verify(false, false, false);
    assert!(matches!(
        attempt(unknown, "jane"),
        Err(LoginError::InvalidCredentials)
    ));

    let mut without_password = world(Some(credential(jane(), false)));
    without_password.expect_verify(false, false, false);
    assert!(matches!(
        attempt(without_password, "jane"),
        Err(LoginError::InvalidCredentials)
    ));

    let mut impossible = World::new();
    impossible.expect_verify(false, false, false);
    assert!(matches!(
        attempt(impossible, "no such name"),
        Err(LoginError::InvalidCredentials)
    ));
}

#[test]
fn a_suspended_account_says_so_to_who_knows_the_password_only() {
    let mut account = jane();
    account.suspended_at = Some(Timestamp::from_micros(START));
    for (matches, suspended) in [(true, true), (false, false)] {
        let mut world = world(Some(credential(account.clone(), true)));
        world.expect_verify(true, matches, true);
        let error = attempt(world, "jane").expect_err("refused");
        assert_eq!(matches!(error, LoginError::Suspended), suspended);
        assert_eq!(matches!(error, LoginError::InvalidCredentials), !suspended);
    }
}

#[test]
fn an_endless_password_is_refused_unhashed() {
    let login = Login::new(LoginName::guess("jane"), Secret::new("a".repeat(1 << 20)));
    let credentials = World::new().into_credentials();
    assert!(matches!(
        now(credentials.login(login, &Origin::default())),
        Err(LoginError::InvalidCredentials)
    ));
}

#[test]
fn a_login_opens_one_session_of_what_was_checked() {
    let mut world = world(Some(credential(jane(), true)));
    world.expect_verify(true, true, false);
    world
        .sessions
        .expect_open()
        .times(1)
        .withf(|write| {
            let session = &write.command.session;
            write.command.checked == CredentialVersion(5)
                && session.session.auth_epoch == 3
                && session.cookie.is_some()
                && session.cookie != Some(session.refresh)
                && write.log.len() == 1
                && write.log[0].event == Event::SessionCreated
                && write.log[0].session == Some(session.session.id)
                && matches!(write.jobs[0].work, Work::Mail(Mail::NewDevice { .. }))
                && write.throttle.is_empty()
        })
        .return_once(|_| Ok(()));
    world.usage.expect_note().times(1).return_const(());
    let later = world.later.clone();
    let grant = attempt(world, "jane").expect("a grant");
    assert_eq!(
        grant.access.expose(),
        format!("access of {}", grant.session.id)
    );
    assert_eq!(grant.refresh_expires_at, grant.session.expires_at);
    assert_eq!(later.run(), 0, "the hash is of today");
}

#[test]
fn an_outdated_hash_is_replaced_after_the_answer() {
    for (hashed, stored) in [(true, true), (true, false), (false, false)] {
        let mut world = world(Some(credential(jane(), true)));
        world.expect_verify(true, true, true);
        world.sessions.expect_open().return_once(|_| Ok(()));
        world.usage.expect_note().times(1).return_const(());
        world
            .hasher
            .expect_hash_later()
            .times(1)
            .return_once(move |_| {
                if hashed {
                    Ok(PasswordHash::new("$new"))
                } else {
                    Err(HashError::Overloaded)
                }
            });
        world
            .credentials
            .expect_rehash()
            .times(usize::from(hashed))
            .withf(|write| {
                write.command.checked == CredentialVersion(5)
                    && write.command.password_hash.as_str() == "$new"
            })
            .returning(move |_| if stored { Ok(()) } else { Err(down()) });
        let later = world.later.clone();
        assert!(attempt(world, "jane").is_ok(), "whatever comes of it");
        assert_eq!(later.run(), 1);
    }
}
