use std::sync::Arc;
use std::time::Duration;

use vestibule_domain::activity::Event;
use vestibule_domain::credentials::{
    ChangePassword, ChangePasswordError, ConfirmReset, ConfirmResetError, CredentialVersion,
    HashError, MockPasswordStrength, PasswordHash, Proof, RequestMailError, StepUpError,
    VerifyEmailError,
};
use vestibule_domain::kernel::{Digest, Once, Origin, Secret, StoreError};
use vestibule_domain::outbox::{Mail, Work};
use vestibule_domain::users::EmailAddress;

use crate::world::{World, credential, digest_of, down, jane, now, signed_in, user};

fn change(world: World, current: Option<&str>) -> Result<(), ChangePasswordError> {
    let change = ChangePassword {
        current: current.map(Secret::new),
        new: Secret::new("a new good password"),
        device: None,
        current_field: "old_password",
        new_field: "new_password1",
    };
    let credentials = world.into_credentials();
    let kept = now(credentials.change_password(&signed_in(jane()), change, &Origin::default()))?;
    assert!(kept.is_none(), "no device was known");
    Ok(())
}

/// A world in which jane has a password, or none.
fn world(with_password: bool) -> World {
    let mut world = World::new();
    world
        .credentials
        .expect_by_user()
        .returning(move |_| Ok(Some(credential(jane(), with_password))));
    world
}

fn hashing(mut world: World) -> World {
    world
        .hasher
        .expect_hash()
        .times(1)
        .return_once(|_| Ok(PasswordHash::new("$new")));
    world
}

#[test]
fn a_change_keeps_the_session_that_asked() {
    let mut world = hashing(world(true));
    world.expect_verify(true, true, false);
    let session = signed_in(jane()).session.id;
    world
        .credentials
        .expect_replace_password()
        .times(1)
        .withf(move |write| {
            write.command.checked == CredentialVersion(5)
                && write.command.keep == Some(session)
                && write.command.password_hash.as_str() == "$new"
                && write.log.len() == 1
                && write.log[0].event == Event::PasswordChanged
        })
        .return_once(|_| Ok(()));
    assert!(change(world, Some("old password")).is_ok());
}

#[test]
fn faults_of_a_change_are_told_apart() {
    let after = |fault: StoreError| {
        let mut world = hashing(world(true));
        world.expect_verify(true, true, false);
        world
            .credentials
            .expect_replace_password()
            .return_once(|_| Err(fault));
        change(world, Some("old password")).expect_err("refused")
    };
    assert!(matches!(
        after(StoreError::Conflict),
        ChangePasswordError::Stale
    ));
    assert!(matches!(
        after(StoreError::Missing("user")),
        ChangePasswordError::NotFound
    ));
    assert!(matches!(after(down()), ChangePasswordError::Store(_)));

    let mut gone = World::new();
    gone.credentials.expect_by_user().return_once(|_| Ok(None));
    assert!(matches!(
        change(gone, Some("old password")),
        Err(ChangePasswordError::NotFound)
    ));

    let mut overloaded = world(true);
    overloaded
        .hasher
        .expect_verify()
        .return_once(|_, _| Err(HashError::Overloaded));
    assert!(matches!(
        change(overloaded, Some("old password")),
        Err(ChangePasswordError::Hash(HashError::Overloaded))
    ));
}

#[test]
fn a_wrong_current_and_a_weak_new_password_are_told_together() {
    let mut world = world(true);
    world.strength = MockPasswordStrength::new();
    world.strength.expect_is_common().return_const(true);
    world.expect_verify(true, false, false);
    let Err(ChangePasswordError::Invalid(errors)) = change(world, Some("wrong")) else {
        panic!("field errors");
    };
    let told: Vec<_> = errors
        .as_slice()
        .iter()
        .map(|error| (error.field.as_str(), error.code))
        .collect();
    assert_eq!(
        told,
        [
            ("old_password", "incorrect"),
            ("new_password1", "too_common")
        ]
    );
}

#[test]
fn a_missing_current_password_is_no_guess_and_an_endless_one_is_wrong() {
    let endless = "a".repeat(1 << 20);
    for (current, code) in [(None, "required"), (Some(endless.as_str()), "incorrect")] {
        let Err(ChangePasswordError::Invalid(errors)) = change(world(true), current) else {
            panic!("a field error");
        };
        assert_eq!(errors.as_slice()[0].code, code);
    }
}

#[test]
fn a_first_password_needs_a_recent_login() {
    let mut recent = hashing(world(false));
    recent
        .credentials
        .expect_replace_password()
        .times(1)
        .return_once(|_| Ok(()));
    assert!(change(recent, None).is_ok());

    let old = world(false);
    old.clock.advance(Duration::from_mins(5));
    assert!(matches!(
        change(old, None),
        Err(ChangePasswordError::RecentLoginRequired)
    ));
}

fn confirm(world: World) -> Result<(), ConfirmResetError> {
    let reset = ConfirmReset {
        user: Some(user()),
        token: Secret::new("token"),
        password: Secret::new("a new good password"),
    };
    now(world
        .into_credentials()
        .confirm_reset(reset, &Origin::default()))
}

fn with_token() -> World {
    let mut world = World::new();
    world
        .credentials
        .expect_by_reset_token()
        .withf(|of, token, _| *of == user() && *token == digest_of(b"token"))
        .return_once(|_, _, _| Ok(Some(credential(jane(), true))));
    world
}

#[test]
fn a_reset_is_spent_by_the_write_that_sets_the_password() {
    for (spent, expected) in [(true, true), (false, false)] {
        let mut world = hashing(with_token());
        world
            .credentials
            .expect_reset_password()
            .times(1)
            .withf(|write| {
                write.command.token == digest_of(b"token")
                    && write.log.len() == 1
                    && write.log[0].event == Event::PasswordReset
            })
            .return_once(move |_| Ok(spent));
        let result = confirm(world);
        assert_eq!(result.is_ok(), expected);
        assert_eq!(
            matches!(result, Err(ConfirmResetError::InvalidToken)),
            !expected
        );
    }
}

#[test]
fn faults_of_a_reset_are_told_apart() {
    let mut unknown = World::new();
    unknown
        .credentials
        .expect_by_reset_token()
        .return_once(|_, _, _| Ok(None));
    assert!(matches!(
        confirm(unknown),
        Err(ConfirmResetError::InvalidToken)
    ));

    let mut lookup_down = World::new();
    lookup_down
        .credentials
        .expect_by_reset_token()
        .return_once(|_, _, _| Err(down()));
    assert!(matches!(
        confirm(lookup_down),
        Err(ConfirmResetError::Store(_))
    ));

    let mut weak = with_token();
    weak.strength = MockPasswordStrength::new();
    weak.strength.expect_is_common().return_const(true);
    assert!(
        matches!(confirm(weak), Err(ConfirmResetError::Invalid(_))),
        "the token is not spent"
    );

    let mut commit_fails = hashing(with_token());
    commit_fails
        .credentials
        .expect_reset_password()
        .return_once(|_| Err(down()));
    assert!(matches!(
        confirm(commit_fails),
        Err(ConfirmResetError::Store(_))
    ));
}

fn once() -> Once<()> {
    Once {
        key: Digest([1; 32]),
        fingerprint: Digest([2; 32]),
        user: None,
        seal: Arc::new(|()| Vec::new()),
    }
}

fn jane_at() -> EmailAddress {
    EmailAddress::parse("jane@example.com").expect("an address")
}

#[test]
fn a_reset_mail_goes_to_the_stored_address() {
    let mut world = World::new();
    world
        .users
        .expect_by_email()
        .return_once(|_| Ok(Some(Arc::new(jane()))));
    world
        .credentials
        .expect_issue_token()
        .times(1)
        .withf(|write| {
            let [job] = write.jobs.as_slice() else {
                return false;
            };
            let Work::Mail(Mail::ResetPassword { to, uid, token, .. }) = &job.work else {
                return false;
            };
            to == "Jane@example.com"
                && *uid == user().to_string()
                && write.command.token.digest == digest_of(token.as_bytes())
                && write.once.is_some()
        })
        .return_once(|_| Ok(()));
    let credentials = world.into_credentials();
    now(credentials.request_reset(&jane_at(), &Origin::default(), Some(once()))).expect("asked");
}

#[test]
fn an_unknown_address_leaves_a_decoy_in_place_of_a_letter() {
    for with_record in [true, false] {
        let mut world = World::new();
        world.users.expect_by_email().returning(|_| Ok(None));
        world
            .once
            .expect_record()
            .times(2)
            .withf(move |write| {
                write.once.is_some() == with_record
                    && write.log.is_empty()
                    && write.jobs.len() == 1
                    && write.jobs[0].user.is_none()
                    && matches!(write.jobs[0].work, Work::Mail(Mail::Decoy { .. }))
            })
            .returning(|_| Ok(()));
        let credentials = world.into_credentials();
        let record = || with_record.then(once);
        now(credentials.request_reset(&jane_at(), &Origin::default(), record())).expect("asked");
        now(credentials.resend_verification(&jane_at(), record())).expect("asked");
    }
}

#[test]
fn mail_that_could_not_be_asked_for_is_a_fault() {
    let mut world = World::new();
    world.users.expect_by_email().returning(|_| Err(down()));
    let credentials = world.into_credentials();
    assert!(matches!(
        now(credentials.request_reset(&jane_at(), &Origin::default(), None)),
        Err(RequestMailError::Store(_))
    ));
    assert!(matches!(
        now(credentials.resend_verification(&jane_at(), None)),
        Err(RequestMailError::Store(_))
    ));
}

#[test]
fn a_verified_address_gets_no_further_key() {
    let mut account = jane();
    account.email_verified = true;
    let mut world = World::new();
    world
        .users
        .expect_by_email()
        .return_once(|_| Ok(Some(Arc::new(account))));
    world
        .once
        .expect_record()
        .times(1)
        .withf(|write| matches!(write.jobs[0].work, Work::Mail(Mail::Decoy { .. })))
        .return_once(|_| Ok(()));
    now(world
        .into_credentials()
        .resend_verification(&jane_at(), None))
    .expect("asked");
}

#[test]
fn a_key_that_no_token_stands_for_verifies_nothing() {
    let key = Secret::new("key");
    let mut world = World::new();
    world
        .users
        .expect_verify_email()
        .withf(|write| write.command.token == digest_of(b"key"))
        .return_once(|_| Ok(None));
    assert!(matches!(
        now(world.into_credentials().verify_email(&key)),
        Err(VerifyEmailError::InvalidKey)
    ));

    let mut world = World::new();
    world
        .users
        .expect_verify_email()
        .return_once(|_| Err(down()));
    assert!(matches!(
        now(world.into_credentials().verify_email(&key)),
        Err(VerifyEmailError::Store(_))
    ));
}

#[test]
fn a_step_up_takes_a_recent_login_or_the_password() {
    let caller = signed_in(jane());
    let step_up = |world: World, password: Option<&str>| {
        let password = password.map(Secret::new);
        let proof = Proof::Demanded(password.as_ref());
        now(world.into_credentials().step_up(&caller, proof))
    };
    assert!(step_up(World::new(), None).is_ok());

    let late = World::new();
    late.clock.advance(Duration::from_mins(5));
    assert!(matches!(step_up(late, None), Err(StepUpError::Required)));

    // One that is sent is checked, however recent the login is.
    for matches in [true, false] {
        let mut sent = world(true);
        sent.expect_verify(true, matches, false);
        assert_eq!(step_up(sent, Some("a password")).is_ok(), matches);
    }
    let mut store_down = World::new();
    store_down
        .credentials
        .expect_by_user()
        .return_once(|_| Err(down()));
    assert!(matches!(
        step_up(store_down, Some("a password")),
        Err(StepUpError::Store(_))
    ));
}

#[test]
fn a_waived_step_up_asks_for_nothing() {
    let world = World::new();
    world.clock.advance(Duration::from_hours(1));
    let caller = signed_in(jane());
    assert!(now(world.into_credentials().step_up(&caller, Proof::Waived)).is_ok());
}
