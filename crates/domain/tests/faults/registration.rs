use std::sync::Arc;

use vestibule_domain::activity::Event;
use vestibule_domain::credentials::{HashError, PasswordHash, Register, RegisterError, TokenKind};
use vestibule_domain::kernel::{Origin, Secret, StoreError, Timestamp};
use vestibule_domain::outbox::{Mail, Work};
use vestibule_domain::sessions::Grant;
use vestibule_domain::users::{EmailAddress, NewUser, PersonName, Username};

use crate::world::{START, World, digest_of, down, jane, now};

pub(crate) fn register() -> Register {
    Register {
        username: Username::parse("jane").expect("a username"),
        email: EmailAddress::parse("Jane@example.com").expect("an address"),
        password: Secret::new("a good password"),
        first_name: PersonName::parse("Jane").expect("a name"),
        last_name: PersonName::parse("").expect("a name"),
        device: None,
    }
}

fn attempt(world: World) -> Result<Grant, RegisterError> {
    let credentials = world.into_credentials();
    now(credentials.register(register(), &Origin::default(), |_| None))
}

/// A world in which nobody has registered.
fn empty() -> World {
    let mut world = World::new();
    world.users.expect_by_email().returning(|_| Ok(None));
    world.users.expect_by_username().returning(|_| Ok(None));
    world
}

fn empty_that_hashes() -> World {
    let mut world = empty();
    world
        .hasher
        .expect_hash()
        .times(1)
        .return_once(|_| Ok(PasswordHash::new("$hash")));
    world
}

#[test]
fn a_taken_name_costs_no_hash() {
    let mut world = World::new();
    world
        .users
        .expect_by_email()
        .return_once(|_| Ok(Some(Arc::new(jane()))));
    assert!(matches!(attempt(world), Err(RegisterError::EmailTaken)));

    let mut world = World::new();
    world.users.expect_by_email().return_once(|_| Ok(None));
    world
        .users
        .expect_by_username()
        .return_once(|_| Ok(Some(Arc::new(jane()))));
    assert!(matches!(attempt(world), Err(RegisterError::UsernameTaken)));
}

#[test]
fn a_lost_race_for_a_name_is_a_taken_name() {
    let after = |fault: StoreError| {
        let mut world = empty_that_hashes();
        world.users.expect_register().return_once(|_| Err(fault));
        attempt(world).expect_err("refused")
    };
    assert!(matches!(
        after(StoreError::Duplicate("email")),
        RegisterError::EmailTaken
    ));
    assert!(matches!(
        after(StoreError::Duplicate("username")),
        RegisterError::UsernameTaken
    ));
    assert!(matches!(
        after(StoreError::Duplicate("once")),
        RegisterError::Store(StoreError::Duplicate("once"))
    ));
    assert!(matches!(
        after(down()),
        RegisterError::Store(StoreError::Unavailable(_))
    ));
}

#[test]
fn a_store_that_is_down_is_no_free_name() {
    let mut world = World::new();
    world.users.expect_by_email().return_once(|_| Err(down()));
    assert!(matches!(attempt(world), Err(RegisterError::Store(_))));
}

#[test]
fn overloaded_hashing_stores_nothing() {
    let mut world = empty();
    world
        .hasher
        .expect_hash()
        .return_once(|_| Err(HashError::Overloaded));
    assert!(matches!(
        attempt(world),
        Err(RegisterError::Hash(HashError::Overloaded))
    ));
}

#[test]
fn a_weak_password_reaches_no_port() {
    let mut world = World::default();
    world.strength.expect_is_common().return_const(true);
    let Err(RegisterError::Invalid(errors)) = attempt(world) else {
        panic!("a field error");
    };
    let [error] = errors.as_slice() else {
        panic!("one error: {errors}");
    };
    assert_eq!(
        (error.field.as_str(), error.code),
        ("password1", "too_common")
    );
}

/// What is stored is one account with its session, key, mail and log, and
/// the mail and the grant bear what the stored digests stand for.
fn is_whole(write: &vestibule_domain::kernel::Write<NewUser>) -> bool {
    let NewUser {
        account,
        password_hash,
        session,
        verification,
    } = &write.command;
    let (Some(hash), Some(session), Some(key)) = (password_hash, session, verification) else {
        return false;
    };
    let [job] = write.jobs.as_slice() else {
        return false;
    };
    let Work::Mail(Mail::VerifyEmail {
        to, key: mailed, ..
    }) = &job.work
    else {
        return false;
    };
    let events: Vec<_> = write.log.iter().map(|entry| entry.event).collect();
    hash.as_str() == "$hash"
        && !account.email_verified
        && session.session.user == account.id
        && session.session.auth_epoch == account.auth_epoch
        && key.kind == TokenKind::VerifyEmail
        && key.email_canonical == "jane@example.com"
        && key.expires_at == write.at.after(TokenKind::VerifyEmail.lifetime())
        && key.digest == digest_of(mailed.as_bytes())
        && to == "Jane@example.com"
        && job.user == Some(account.id)
        && events == [Event::AccountCreated, Event::SessionCreated]
        && write.log.iter().all(|entry| entry.user == account.id)
}

#[test]
fn a_registration_is_one_write() {
    let mut world = empty_that_hashes();
    world
        .users
        .expect_register()
        .times(1)
        .withf(is_whole)
        .return_once(|_| Ok(()));
    let grant = attempt(world).expect("a grant");
    assert!(grant.session.is_recent(Timestamp::from_micros(START)));
    assert_eq!(grant.session.user, grant.account.id);
}

#[test]
fn operators_make_accounts_without_session() {
    for (verified, admin) in [(true, true), (false, false)] {
        let mut world = World::new();
        world
            .hasher
            .expect_hash()
            .return_once(|_| Ok(PasswordHash::new("$hash")));
        world
            .users
            .expect_register()
            .withf(move |write| {
                let new = &write.command;
                new.session.is_none()
                    && new.account.email_verified == verified
                    && new.account.is_admin == admin
                    && new.verification.is_none() == verified
                    && write.jobs.is_empty() == verified
                    && write.log.len() == 1
            })
            .times(1)
            .return_once(|_| Ok(()));
        let credentials = world.into_credentials();
        now(credentials.create(register(), verified, admin)).expect("an account");
    }
}
