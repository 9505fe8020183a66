use std::sync::Arc;

use vestibule_domain::activity::Event;
use vestibule_domain::credentials::{HashError, PasswordHash, Register, RegisterError, TokenKind};
use vestibule_domain::kernel::{
    InvitationId, OrganizationId, Origin, Secret, StoreError, Timestamp,
};
use vestibule_domain::organizations::{
    INVITATION_LIFETIME, Invitation, InvitationStatus, InvitedRole, OpenInvitation,
    OrganizationName, OrganizationNumber, OrganizationSummary, Role, Slug, UserRef,
};
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
        invitation: None,
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
        token,
        invitation: None,
    } = &write.command
    else {
        return false;
    };
    let (Some(hash), Some(session), Some(key)) = (password_hash, session, token) else {
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
                    && new.token.is_none() == verified
                    && write.jobs.is_empty() == verified
                    && write.log.len() == 1
            })
            .times(1)
            .return_once(|_| Ok(()));
        let credentials = world.into_credentials();
        now(credentials.create(register(), verified, admin)).expect("an account");
    }
}

/// A world in which the token invites this address.
fn inviting(address: &str) -> World {
    let mut world = empty();
    let found = open_invitation(address);
    world
        .invitations
        .expect_by_token()
        .withf(|token, now| {
            *token == digest_of(b"the token") && *now == Timestamp::from_micros(START)
        })
        .times(1)
        .return_once(|_, _| Ok(Some(found)));
    world
}

fn open_invitation(address: &str) -> OpenInvitation {
    let id = OrganizationId::from_uuid(uuid::Uuid::from_u128(7));
    OpenInvitation {
        invitation: Invitation {
            id: InvitationId::from_uuid(uuid::Uuid::from_u128(8)),
            organization: id,
            email: EmailAddress::parse(address).expect("an address"),
            role: InvitedRole::Member,
            status: InvitationStatus::Pending,
            invited_by: UserRef {
                id: crate::world::user(),
                username: Username::parse("ada").expect("a username"),
            },
            created_at: Timestamp::from_micros(START),
            expires_at: Timestamp::from_micros(START).after(INVITATION_LIFETIME),
        },
        organization: OrganizationSummary {
            id,
            number: OrganizationNumber::new(7).expect("a number"),
            display_name: OrganizationName::parse("Acme").expect("a name"),
            slug: Slug::parse("acme").expect("a slug"),
        },
    }
}

fn attempt_invited(world: World) -> Result<Grant, RegisterError> {
    let credentials = world.into_credentials();
    let register = Register {
        invitation: Some(Secret::new("the token")),
        ..register()
    };
    now(credentials.register(register, &Origin::default(), |_| None))
}

#[test]
fn who_is_invited_has_proved_the_address_and_joins() {
    let mut world = inviting("JANE@example.com");
    world
        .hasher
        .expect_hash()
        .return_once(|_| Ok(PasswordHash::new("$hash")));
    world
        .users
        .expect_register()
        .withf(|write| {
            let new = &write.command;
            let events: Vec<_> = write.log.iter().map(|entry| entry.event).collect();
            new.account.email_verified
                && new.token.is_none()
                && write.jobs.is_empty()
                && new.invitation.is_some_and(|accept| {
                    accept.user == new.account.id && accept.token == digest_of(b"the token")
                })
                && events.contains(&Event::OrganizationJoined)
        })
        .times(1)
        .return_once(|_| Ok(()));
    let grant = attempt_invited(world).expect("registered");
    let shown = grant
        .account
        .organization
        .as_ref()
        .expect("an organization");
    assert_eq!(shown.summary.slug.as_str(), "acme");
    assert_eq!(shown.role, Role::Member);
}

#[test]
fn an_invitation_of_another_address_or_none_costs_no_hash() {
    let other = attempt_invited(inviting("eve@example.com"));
    assert!(matches!(other, Err(RegisterError::OtherAddress)));
    let mut world = empty();
    world
        .invitations
        .expect_by_token()
        .return_once(|_, _| Ok(None));
    let unknown = attempt_invited(world);
    assert!(matches!(unknown, Err(RegisterError::InvalidInvitation)));
    let mut world = empty();
    world
        .invitations
        .expect_by_token()
        .return_once(|_, _| Err(down()));
    let fault = attempt_invited(world);
    assert!(matches!(fault, Err(RegisterError::Store(_))));
}

#[test]
fn a_lost_race_for_an_invitation_is_a_spent_one() {
    let mut world = inviting("Jane@example.com");
    world
        .hasher
        .expect_hash()
        .return_once(|_| Ok(PasswordHash::new("$hash")));
    world
        .users
        .expect_register()
        .return_once(|_| Err(StoreError::Missing("invitation")));
    let refused = attempt_invited(world);
    assert!(matches!(refused, Err(RegisterError::InvalidInvitation)));
}
