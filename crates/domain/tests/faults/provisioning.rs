use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use uuid::Uuid;
use vestibule_domain::activity::Event;
use vestibule_domain::credentials::{Provision, ProvisionError, TokenKind};
use vestibule_domain::kernel::{ApiKeyId, Once, StoreError, Write};
use vestibule_domain::outbox::{Mail, Work};
use vestibule_domain::preferences::Country;
use vestibule_domain::throttling::{Limits, Throttle};
use vestibule_domain::users::{Account, EmailAddress, NewUser, OtherId, PersonName};

use crate::world::{World, digest_of, down, jane, now};

fn key() -> ApiKeyId {
    ApiKeyId::from_uuid(Uuid::from_u128(9))
}

fn provision(address: &str) -> Provision {
    Provision {
        first_name: PersonName::parse("Jamie").expect("a name"),
        last_name: PersonName::parse("Jackson").expect("a name"),
        country: Some(Country::parse("CA").expect("a country")),
        other_id: Some(OtherId::parse("sdh23").expect("an id")),
        ..Provision::new(EmailAddress::parse(address).expect("an address"))
    }
}

fn attempt(world: World, address: &str) -> Result<Account, ProvisionError> {
    let credentials = world.into_credentials();
    now(credentials.provision(provision(address), key(), |_| None))
}

/// A world in which nobody has the address.
fn empty() -> World {
    let mut world = World::new();
    world.users.expect_by_email().returning(|_| Ok(None));
    world
}

/// A world in which the first usernames are taken, and where those that were
/// tried stand.
fn taking(taken: usize) -> (World, Arc<Mutex<Vec<String>>>) {
    let (tried, count) = (Arc::default(), AtomicUsize::new(0));
    let seen: Arc<Mutex<Vec<String>>> = Arc::clone(&tried);
    let mut world = empty();
    world.users.expect_register().returning(move |write| {
        let username = write.command.account.username.to_string();
        seen.lock().expect("not poisoned").push(username);
        if count.fetch_add(1, Ordering::Relaxed) < taken {
            Err(StoreError::Duplicate("username"))
        } else {
            Ok(())
        }
    });
    (world, tried)
}

#[test]
fn the_username_is_made_of_the_address_and_told_from_others() {
    let (world, tried) = taking(2);
    let account = attempt(world, "jamie@example.com").expect("an account");
    let tried = tried.lock().expect("not poisoned").clone();
    assert_eq!(tried.len(), 3);
    assert_eq!(tried[0], "jamie");
    for name in &tried[1..] {
        let tail = name.strip_prefix("jamie-").expect("the name and a tail");
        assert!(tail.len() == 6 && tail.bytes().all(|b| b.is_ascii_hexdigit()));
    }
    assert_ne!(tried[1], tried[2]);
    assert_eq!(account.username.as_str(), tried[2]);
}

#[test]
fn what_is_no_username_gets_a_tail_at_once() {
    for (address, start) in [("jo@example.com", "jo-"), ("Admin@example.com", "Admin-")] {
        let (world, tried) = taking(0);
        attempt(world, address).expect("an account");
        let tried = tried.lock().expect("not poisoned").clone();
        assert!(
            matches!(&*tried, [name] if name.starts_with(start)),
            "{tried:?}"
        );
    }
}

#[test]
fn taken_usernames_end_somewhere() {
    let (world, tried) = taking(usize::MAX);
    let refused = attempt(world, "jamie@example.com").expect_err("refused");
    assert!(matches!(refused, ProvisionError::NoUsername));
    assert_eq!(tried.lock().expect("not poisoned").len(), 8);
}

#[test]
fn a_taken_address_is_told() {
    let mut world = World::new();
    world
        .users
        .expect_by_email()
        .return_once(|_| Ok(Some(Arc::new(jane()))));
    let refused = attempt(world, "jane@example.com").expect_err("refused");
    assert!(matches!(refused, ProvisionError::EmailTaken));

    let after = |fault: StoreError| {
        let mut world = empty();
        world.users.expect_register().return_once(|_| Err(fault));
        attempt(world, "jane@example.com").expect_err("refused")
    };
    let lost = after(StoreError::Duplicate("email"));
    assert!(matches!(lost, ProvisionError::EmailTaken));
    let down = after(down());
    assert!(matches!(
        down,
        ProvisionError::Store(StoreError::Unavailable(_))
    ));
}

#[test]
fn a_store_that_is_down_is_no_free_address() {
    let mut world = World::new();
    world.users.expect_by_email().return_once(|_| Err(down()));
    let failed = attempt(world, "jane@example.com").expect_err("failed");
    assert!(matches!(failed, ProvisionError::Store(_)));
}

/// What is stored is one account without a password, the token that sets one,
/// the letter that bears it, and one entry of the log, which names the key.
fn is_whole(write: &Write<NewUser>) -> bool {
    let NewUser {
        account,
        password_hash: None,
        session: None,
        token: Some(token),
        invitation: None,
    } = &write.command
    else {
        return false;
    };
    let ([job], [entry]) = (write.jobs.as_slice(), write.log.as_slice()) else {
        return false;
    };
    let Work::Mail(Mail::SetPassword {
        to,
        username,
        uid,
        token: mailed,
        invited: true,
    }) = &job.work
    else {
        return false;
    };
    !account.email_verified
        && account.first_name.as_str() == "Jamie"
        && account.last_name.as_str() == "Jackson"
        && account.preferences.country == Country::parse("CA").ok()
        && account.other_id == OtherId::parse("sdh23").ok()
        && token.kind == TokenKind::ResetPassword
        && token.email_canonical == "jamie@example.com"
        && token.expires_at == write.at.after(Duration::from_hours(7 * 24))
        && token.digest == digest_of(mailed.as_bytes())
        && to == "Jamie@example.com"
        && username == account.username.as_str()
        && *uid == account.id.to_string()
        && job.user == Some(account.id)
        && entry.user == account.id
        && entry.event == Event::AccountCreated
        && entry.origin == vestibule_domain::kernel::Origin::default()
        && entry.details.as_map()["api_key"] == key().to_string()
}

#[test]
fn an_account_for_somebody_is_one_write() {
    let mut world = empty();
    world
        .users
        .expect_register()
        .times(1)
        .withf(is_whole)
        .return_once(|_| Ok(()));
    let account = attempt(world, "Jamie@example.com").expect("an account");
    assert_eq!(account.email.as_str(), "Jamie@example.com");
}

#[test]
fn the_letter_is_limited_and_the_answer_goes_with_the_account() {
    let mut world = empty();
    world.limits = Some(Limits::default());
    world
        .users
        .expect_register()
        .times(1)
        .withf(|write| {
            let once = write.once.as_ref().expect("a record");
            matches!(&*write.throttle, [Throttle::Count { limit, .. }] if *limit == Limits::default().mails)
                && once.user == Some(write.command.account.id)
        })
        .return_once(|_| Ok(()));
    let credentials = world.into_credentials();
    let once = |_: &Account| {
        Some(Once {
            key: digest_of(b"key"),
            fingerprint: digest_of(b"body"),
            user: None,
            seal: Arc::new(|()| Vec::new()),
        })
    };
    now(credentials.provision(provision("jamie@example.com"), key(), once)).expect("an account");
}
