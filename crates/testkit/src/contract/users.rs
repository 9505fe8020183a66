use std::sync::Arc;

use serde_json::Value;
use vestibule_domain::credentials::TokenKind;
use vestibule_domain::kernel::{Once, StoreError, Timestamp};
use vestibule_domain::users::{
    Account, Bio, CustomerStatus, NewUser, OtherId, PersonName, UserFilter, VerifyEmail, Visibility,
};

use super::paging::first_page;
use super::trial::{ROUNDS, Trial, assert_is, parallel};
use crate::doubles::digest;
use crate::fixtures::{email, new_user, username};

pub(super) use super::faults::users as a_store_that_is_down_is_unavailable;
pub(super) use super::own_writes::users as own_writes_are_read_at_once;

pub(super) async fn register_stores_every_field(t: Trial) {
    let account = t.make.full_account("ada");
    t.commits(account.id, new_user(account.clone()), async |write| {
        t.store.users.register(write).await
    })
    .await;
    assert_found(&t, &account).await;
    // No field but address and username is unique.
    let other = t.make.full_account("other");
    t.register(new_user(other.clone())).await;
    assert_found(&t, &other).await;
    assert_found(&t, &account).await;
}

pub(super) async fn register_stores_what_is_absent_as_absent(t: Trial) {
    let account = t.make.account("ada");
    let new = NewUser {
        password_hash: None,
        ..new_user(account.clone())
    };
    t.register(new).await;
    assert_found(&t, &account).await;
}

/// The account is answered whole, by each of its names, through both handles.
pub(super) async fn assert_found(t: &Trial, account: &Account) {
    for storage in [t.store.clone(), t.fresh().await] {
        let users = storage.users;
        let found = [
            users.account(account.id).await,
            users.by_username(&account.username).await,
            users.by_email(&account.email).await,
        ];
        for found in found {
            assert_eq!(found.expect("a look-up").as_deref(), Some(account));
        }
    }
}

pub(super) async fn register_stores_extreme_values(t: Trial) {
    let long = |count| "\u{1f4a1}".repeat(count);
    let name = || PersonName::parse(&long(255)).expect("a name");
    let mut account = Account {
        username: username(&"a".repeat(30)),
        email: email(&format!("{}@{}.example", "b".repeat(60), "c".repeat(60))),
        first_name: name(),
        last_name: name(),
        bio: Some(Bio::parse(&long(1000)).expect("a bio")),
        other_id: Some(OtherId::parse(&long(255)).expect("an id")),
        ..t.make.account("ada")
    };
    let text = Value::String(long(4000));
    account.features.insert("long".to_owned(), text);
    // The first and the last time that there is.
    account.created_at = Timestamp::from_micros(i64::MIN);
    account.last_seen_at = Some(Timestamp::from_micros(-1));
    account.updated_at = Timestamp::from_micros(i64::MAX);
    t.register(new_user(account.clone())).await;
    assert_found(&t, &account).await;
}

pub(super) async fn register_stores_each_choice(t: Trial) {
    for (number, status) in CustomerStatus::ALL.iter().enumerate() {
        for visibility in Visibility::ALL {
            let account = Account {
                customer_status: *status,
                default_visibility: *visibility,
                ..t.make.account(&format!("user{number}_{visibility}"))
            };
            t.register(new_user(account.clone())).await;
            assert_found(&t, &account).await;
        }
    }
}

pub(super) async fn accounts_are_looked_up_ignoring_case(t: Trial) {
    let account = t.make.account("Ada");
    t.register(new_user(account.clone())).await;
    t.user("bob").await;
    let users = t.fresh().await.users;
    let by_username = users.by_username(&username("aDA")).await;
    assert_eq!(by_username.expect("by_username").as_deref(), Some(&account));
    let by_email = users.by_email(&email("ADA@Example.COM")).await;
    assert_eq!(by_email.expect("by_email").as_deref(), Some(&account));
}

pub(super) async fn unknown_accounts_are_none(t: Trial) {
    t.user("ada").await;
    t.user("ada.byron").await;
    let tagged = Account {
        email: email("ada.king+tag@example.com"),
        ..t.make.account("tagged")
    };
    t.register(new_user(tagged)).await;
    let users = &t.store.users;
    let unknown = t.make.id();
    assert_eq!(users.account(unknown).await.expect("account"), None);
    for name in ["bob", "ad_", "ada2", "ada.", "ada.b", "byron", "adabyron"] {
        let by_username = users.by_username(&username(name)).await;
        assert_eq!(by_username.expect("by_username"), None, "{name}");
    }
    let addresses = [
        "ad_@example.com",
        "ad%@example.com",
        "ada@example.co",
        "byron@example.com",
        "adabyron@example.com",
        "ada.king@example.com",
        "adaking+tag@example.com",
    ];
    for address in addresses {
        let by_email = users.by_email(&email(address)).await;
        assert_eq!(by_email.expect("by_email"), None, "{address}");
    }
}

pub(super) async fn an_account_that_was_looked_for_is_found_once_it_exists(t: Trial) {
    let account = t.make.account("ada");
    let users = &t.store.users;
    let before = [
        users.account(account.id).await,
        users.by_username(&account.username).await,
        users.by_email(&account.email).await,
    ];
    for absent in before {
        assert_eq!(absent.expect("a look-up"), None);
    }
    t.register(new_user(account.clone())).await;
    assert_found(&t, &account).await;
}

/// Registers `account`, which must be refused and leave nothing behind, not
/// even what comes to light once its id is used. `taken` is an account that
/// exists.
async fn refused(t: &Trial, account: Account, field: &str, taken: &Account) {
    let verification = t.make.token(TokenKind::VerifyEmail, &account);
    let (user, key) = (account.id, verification.digest);
    let new = NewUser {
        token: Some(verification),
        ..new_user(account.clone())
    };
    let refused = t
        .leaves_no_envelope(taken.id, new, async |write| {
            t.store.users.register(write).await
        })
        .await;
    assert!(
        matches!(refused, Err(StoreError::Duplicate(found)) if found == field),
        "expected Duplicate({field}), got {refused:?}"
    );
    let users = t.fresh().await.users;
    assert_eq!(users.account(user).await.expect("account"), None);
    let name = format!("free{}", user.uuid().as_u128() % 1000);
    // With its own address where that is free: the key was made for it.
    let retried = Account {
        username: username(&name),
        email: if field == "email" {
            email(&format!("{name}@example.com"))
        } else {
            account.email.clone()
        },
        ..account
    };
    t.register(new_user(retried.clone())).await;
    let verify = t.write(VerifyEmail { token: key });
    assert_is!(users.verify_email(verify).await, Ok(None));
    assert_found(t, &retried).await;
    assert_found(t, taken).await;
}

pub(super) async fn register_refuses_a_taken_email_in_any_case(t: Trial) {
    let ada = t.user("ada").await;
    let mut other = t.make.account("other");
    other.email = email("ADA@example.COM");
    refused(&t, other, "email", &ada).await;
}

pub(super) async fn register_refuses_a_taken_username_in_any_case(t: Trial) {
    let ada = t.user("ada").await;
    let mut other = t.make.account("other");
    other.username = username("aDa");
    refused(&t, other, "username", &ada).await;
}

pub(super) async fn register_names_the_email_first(t: Trial) {
    let ada = t.user("ada").await;
    let mut other = t.make.account("ada");
    refused(&t, other.clone(), "email", &ada).await;
    // Also when two different accounts hold the two.
    let bob = t.user("bob").await;
    other.id = t.make.id();
    other.email = email("bob@example.com");
    refused(&t, other, "email", &bob).await;
}

pub(super) async fn register_under_a_stored_once_is_refused(t: Trial) {
    let ada = t.user("ada").await;
    let bob = t.make.account("bob");
    let new = new_user(bob.clone());
    let refused = t
        .repeats_once(ada.id, new, async |write| {
            t.store.users.register(write).await
        })
        .await;
    assert_is!(refused, Err(StoreError::Duplicate("once")));
    let bob = t.fresh().await.users.account(bob.id).await;
    assert_eq!(bob.expect("account"), None);
}

/// A retry that another process was faster with finds its own account: it must
/// be told to replay, not that the address is taken.
pub(super) async fn once_is_looked_at_before_the_command(t: Trial) {
    let ada = t.user("ada").await;
    let new = new_user(t.make.account("ada"));
    let refused = t
        .repeats_once(ada.id, new, async |write| {
            t.store.users.register(write).await
        })
        .await;
    assert_is!(refused, Err(StoreError::Duplicate("once")));
}

/// Registers the accounts at once, and makes sure that one of them is made and
/// that the others are told of `field`.
async fn register_one_of(t: &Trial, accounts: Vec<Account>, field: &str) {
    let answers = parallel(accounts.len(), |number| {
        let account = accounts[number].clone();
        let (users, write) = (t.store.users.clone(), t.write(new_user(account.clone())));
        async move { users.register(write).await.map(|()| account) }
    })
    .await;
    let mut made = Vec::new();
    for answer in answers {
        match answer {
            Ok(account) => made.push(account),
            Err(error) => assert!(
                matches!(&error, StoreError::Duplicate(taken) if *taken == field),
                "expected Duplicate({field}), got {error:?}"
            ),
        }
    }
    assert_eq!(made.len(), 1, "exactly one registration succeeds");
    assert_found(t, &made[0]).await;
    let listed = t.fresh().await.users;
    let listed = listed.list(UserFilter::default(), first_page()).await;
    assert_eq!(listed.expect("list").count, 1);
}

/// The text in the `number`th mix of upper and lower case.
fn spelled(text: &str, number: usize) -> String {
    let letters = text.char_indices().map(|(at, c)| {
        if number >> (at % 6) & 1 == 1 {
            c.to_ascii_uppercase()
        } else {
            c
        }
    });
    letters.collect()
}

pub(super) async fn parallel_registrations_of_one_email_make_one_account(t: Trial) {
    let accounts = (0..40).map(|number| Account {
        email: email(&spelled("ada.lovelace@example.com", number)),
        ..t.make.account(&format!("user{number}"))
    });
    register_one_of(&t, accounts.collect(), "email").await;
}

pub(super) async fn parallel_registrations_of_one_username_make_one_account(t: Trial) {
    let accounts = (0..40).map(|number| Account {
        username: username(&spelled("ada.lovelace", number)),
        ..t.make.account(&format!("user{number}"))
    });
    register_one_of(&t, accounts.collect(), "username").await;
}

pub(super) async fn parallel_registrations_under_one_key_make_one_account(t: Trial) {
    let ada = t.user("ada").await;
    for round in 0..ROUNDS {
        let answers = parallel(20, |number| {
            let account = t.make.account(&format!("user{round}.{number}"));
            let once = Once {
                key: digest(&format!("key {round}")),
                fingerprint: digest("body"),
                user: Some(ada.id),
                seal: Arc::new(|()| b"answer".to_vec()),
            };
            let users = t.store.users.clone();
            let write = t.write(new_user(account.clone())).once(Some(once));
            async move { (users.register(write).await, account.id) }
        })
        .await;
        let mut made = 0;
        for (answer, id) in answers {
            let stored = t.fresh().await.users.account(id).await.expect("account");
            assert_eq!(stored.is_some(), answer.is_ok());
            match answer {
                Ok(()) => made += 1,
                Err(error) => {
                    assert_is!(error, StoreError::Duplicate("once"));
                }
            }
        }
        assert_eq!(made, 1, "exactly one is carried out");
    }
}
