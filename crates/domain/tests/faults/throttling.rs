use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use vestibule_domain::credentials::{
    ChangePassword, ChangePasswordError, HashError, Login, LoginError, LoginName, Proof,
    RegisterError, StepUpError,
};
use vestibule_domain::kernel::{Digest, Origin, Secret, StoreError, Write};
use vestibule_domain::throttling::{Limits, Throttle, Throttled};

use crate::world::{World, credential, down, jane, now, signed_in};

const REFUSED: Throttled = Throttled {
    limit: 5,
    retry_after: Duration::from_secs(8),
};

fn throttled() -> World {
    let mut world = World::new();
    world.limits = Some(Limits::default());
    world
}

fn login(name: &str) -> Login {
    Login::new(LoginName::guess(name), Secret::new("a good password"))
}

fn from(ip: &str) -> Origin {
    Origin {
        ip: Some(ip.parse::<IpAddr>().expect("an address")),
        user_agent: None,
    }
}

/// The keys that a login counts in before it looks at the password.
fn keys(name: &str, ip: &str, knows: bool) -> Vec<Digest> {
    let mut world = throttled();
    let found = knows.then(|| credential(jane(), true));
    let by_email = found.clone();
    world
        .credentials
        .expect_by_username()
        .returning(move |_| Ok(found.clone()));
    world
        .credentials
        .expect_by_email()
        .returning(move |_| Ok(by_email.clone()));
    let keys = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let seen = keys.clone();
    world
        .once
        .expect_record()
        .times(1)
        .returning(move |write: Write<()>| {
            let counted = write.throttle.iter().map(|throttle| match throttle {
                Throttle::Count { key, .. } => *key,
                other => panic!("{other:?}"),
            });
            seen.lock().expect("not poisoned").extend(counted);
            Err(StoreError::Throttled(REFUSED))
        });
    // No hash is expected: a refused attempt is not evaluated.
    let refused = now(world.into_credentials().login(login(name), &from(ip)));
    assert!(
        matches!(refused, Err(LoginError::Store(StoreError::Throttled(told))) if told == REFUSED)
    );
    std::mem::take(&mut *keys.lock().expect("not poisoned"))
}

#[test]
fn a_refused_attempt_is_not_evaluated_and_asks_the_address_first() {
    let [address, account] = keys("jane", "192.0.2.1", true)[..] else {
        panic!("two buckets are asked")
    };
    for spelling in ["JANE", " jane ", "jane@example.com", "Jane@EXAMPLE.com"] {
        assert_eq!(keys(spelling, "192.0.2.1", true), [address, account]);
    }
    let nobody = keys("jane", "192.0.2.1", false);
    assert_eq!(nobody[0], address);
    assert_ne!(nobody[1], account, "what nobody has is no account's");
    assert_eq!(keys("Jane", "192.0.2.1", false), nobody);
    assert_ne!(keys("john", "192.0.2.1", false)[1], nobody[1]);
    assert_eq!(
        keys("no name", "192.0.2.1", false),
        keys("NO NAME ", "192.0.2.1", false)
    );
}

#[test]
fn an_address_of_version_6_counts_by_its_network() {
    let of = |ip| keys("jane", ip, true)[0];
    assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff:ffff::9"));
    assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
    assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
    assert_eq!(of("192.0.2.1"), of("::ffff:192.0.2.1"));
}

#[test]
fn a_right_password_clears_the_bucket_in_the_write_that_opens_the_session() {
    let mut world = throttled();
    world
        .credentials
        .expect_by_username()
        .return_once(|_| Ok(Some(credential(jane(), true))));
    let counted = std::sync::Arc::new(std::sync::Mutex::new(None));
    let seen = counted.clone();
    world.once.expect_record().times(1).returning(move |write| {
        *seen.lock().expect("not poisoned") = write.throttle.last().map(Throttle::key);
        Ok(())
    });
    world.expect_verify(true, true, false);
    let cleared = counted.clone();
    world
        .sessions
        .expect_open()
        .times(1)
        .withf(move |write| {
            let key = cleared.lock().expect("not poisoned").expect("a key");
            let notice = write.jobs[0].id;
            write.throttle[0] == Throttle::Clear { key }
                && matches!(write.throttle[1], Throttle::Job { job, .. } if job == notice)
        })
        .return_once(|_| Ok(()));
    world.usage.expect_note().return_const(());
    let grant = now(world
        .into_credentials()
        .login(login("jane"), &from("192.0.2.1")));
    assert!(grant.is_ok());
}

#[test]
fn a_store_that_cannot_count_admits_nobody() {
    let mut world = throttled();
    world
        .credentials
        .expect_by_username()
        .return_once(|_| Ok(None));
    world.once.expect_record().return_once(|_| Err(down()));
    let refused = now(world
        .into_credentials()
        .login(login("jane"), &Origin::default()));
    assert!(matches!(
        refused,
        Err(LoginError::Store(StoreError::Unavailable(_)))
    ));
}

#[test]
fn guesses_by_a_signed_in_user_count_as_those_of_a_login_do() {
    let account = keys("jane", "192.0.2.1", true)[1];
    let world = || {
        let mut world = throttled();
        world
            .credentials
            .expect_by_user()
            .returning(|_| Ok(Some(credential(jane(), true))));
        world
            .once
            .expect_record()
            .times(1)
            .withf(move |write| write.throttle.len() == 1 && write.throttle[0].key() == account)
            .return_once(|_| Err(StoreError::Throttled(REFUSED)));
        world.into_credentials()
    };
    let change = ChangePassword {
        current: Some(Secret::new("a guess")),
        new: Secret::new("a new good password"),
        device: None,
        current_field: "old_password",
        new_field: "new_password1",
    };
    let caller = signed_in(jane());
    let refused = now(world().change_password(&caller, change, &Origin::default()));
    assert!(matches!(
        refused,
        Err(ChangePasswordError::Store(StoreError::Throttled(_)))
    ));
    let guess = Secret::new("a guess");
    let refused = now(world().step_up(&caller, Proof::Demanded(Some(&guess))));
    assert!(matches!(
        refused,
        Err(StepUpError::Store(StoreError::Throttled(_)))
    ));
}

#[test]
fn a_refused_registration_looks_nothing_up() {
    let mut world = throttled();
    world
        .once
        .expect_record()
        .times(1)
        .return_once(|_| Err(StoreError::Throttled(REFUSED)));
    let register = crate::registration::register();
    let refused = now(world
        .into_credentials()
        .register(register, &from("192.0.2.1"), |_| None));
    assert!(matches!(
        refused,
        Err(RegisterError::Store(StoreError::Throttled(_)))
    ));
}

#[test]
fn what_is_found_or_refused_takes_as_long_as_what_is_not() {
    let found = Some(credential(jane(), true));
    for (found, admitted) in [
        (found.clone(), true),
        (found, false),
        (None, true),
        (None, false),
    ] {
        let mut world = throttled();
        world
            .credentials
            .expect_by_username()
            .return_once(move |_| Ok(found));
        world.once.expect_record().return_once(move |_| {
            if admitted {
                Ok(())
            } else {
                Err(StoreError::Throttled(REFUSED))
            }
        });
        world
            .hasher
            .expect_verify()
            .returning(|_, _| Err(HashError::Overloaded));
        let later = world.later.clone();
        let login = login("jane");
        let refused = now(world.into_credentials().login(login, &from("192.0.2.1")));
        assert!(refused.is_err());
        assert_eq!(later.pauses(), [Duration::from_millis(10)]);
    }
    for found in [Some(Arc::new(jane())), None] {
        let mut world = throttled();
        world
            .users
            .expect_by_email()
            .returning(move |_| Ok(found.clone()));
        world.once.expect_record().returning(|_| Ok(()));
        world
            .credentials
            .expect_issue_token()
            .returning(|_| Err(StoreError::Throttled(REFUSED)));
        let later = world.later.clone();
        let credentials = world.into_credentials();
        let email = jane().email;
        let _ = now(credentials.request_reset(&email, &Origin::default(), None));
        let _ = now(credentials.resend_verification(&email, None));
        assert_eq!(later.pauses(), [Duration::from_millis(25); 2]);
    }
}
