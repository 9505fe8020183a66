//! Which address of a user is the primary one.

use std::time::Duration;

use vestibule_domain::addresses::{AddAddress, Address, AddressChanges, AddressRule};
use vestibule_domain::kernel::GuardError;
use vestibule_domain::users::Account;

use super::addresses::{add, change, line, remove};
use super::trial::{ROUNDS, Trial, assert_is, parallel};

pub(super) async fn change_moves_the_primary_address(t: Trial) {
    let ada = t.user("ada").await;
    let mut first = t.added(ada.id, "first", true).await;
    let mut second = t.added(ada.id, "second", false).await;
    let third = t.added(ada.id, "third", false).await;
    let of_bob = t.added(t.user("bob").await.id, "of bob", true).await;
    let at = t.make.later(Duration::from_mins(1));
    let changes = AddressChanges {
        is_primary: Some(true),
        ..AddressChanges::default()
    };
    let answer = t.store.addresses.change(t.write(change(&second, changes)));
    let answer = answer.await.expect("change");
    for (address, is_primary) in [(&mut first, false), (&mut second, true)] {
        address.is_primary = is_primary;
        address.version.0 += 1;
        address.updated_at = at;
    }
    assert_eq!(answer, second);
    assert_eq!(t.addresses(ada.id).await, [third, second, first]);
    assert_eq!(t.addresses(of_bob.user).await, [of_bob]);
}

pub(super) async fn the_primary_address_is_not_unmade_by_itself(t: Trial) {
    let ada = t.user("ada").await;
    let first = t.added(ada.id, "first", true).await;
    let second = t.added(ada.id, "second", false).await;
    let command = |address: &Address| {
        let changes = AddressChanges {
            name: Some(line("changed")),
            is_primary: Some(false),
            ..AddressChanges::default()
        };
        change(address, changes)
    };
    let refused = t
        .leaves_no_envelope(ada.id, command(&first), async |write| {
            t.store.addresses.change(write).await
        })
        .await;
    assert_is!(refused, Err(GuardError::Rule(AddressRule::PrimaryRequired)));
    assert_eq!(t.addresses(ada.id).await, [second.clone(), first]);
    let changed = t.store.addresses.change(t.write(command(&second))).await;
    assert!(!changed.expect("change").is_primary);
}

pub(super) async fn removal_of_the_primary_address_promotes_the_oldest(t: Trial) {
    let ada = t.user("ada").await;
    // Older than all of ada's.
    let bob = t.user("bob").await;
    let of_bob = [
        t.added(bob.id, "first of bob", false).await,
        t.added(bob.id, "second of bob", false).await,
    ];
    // Made before the oldest one, but added to the account later.
    let mut younger = t.make.address(ada.id, "younger");
    younger.created_at = t.make.now().after(Duration::from_secs(1));
    let mut oldest = t.added(ada.id, "oldest", false).await;
    let newest = t.added(ada.id, "newest", false).await;
    let primary = t.added(ada.id, "primary", true).await;
    let added = t.store.addresses.add(t.write(add(younger))).await;
    let younger = added.expect("add");
    oldest = t
        .fresh()
        .await
        .addresses
        .find(ada.id, oldest.id)
        .await
        .expect("find")
        .expect("the oldest address");
    let at = t.make.later(Duration::from_mins(1));
    t.commits(ada.id, remove(&primary), async |write| {
        t.store.addresses.remove(write).await
    })
    .await;
    oldest.is_primary = true;
    oldest.version.0 += 1;
    oldest.updated_at = at;
    assert_eq!(t.addresses(ada.id).await, [newest, oldest, younger]);
    let [first, second] = of_bob;
    assert_eq!(t.addresses(bob.id).await, [second, first]);
}

pub(super) async fn the_account_knows_whether_it_has_a_primary_address(t: Trial) {
    let mut ada = t.user("ada").await;
    let bob = t.user("bob").await;
    let address = t.added(bob.id, "of bob", true).await;
    assert_knows(&t, &ada).await;
    let first = t.added(ada.id, "first", false).await;
    let second = t.added(ada.id, "second", false).await;
    ada.has_primary_address = true;
    assert_knows(&t, &ada).await;
    for address in [&first, &second] {
        assert_knows(&t, &ada).await;
        let removed = t.store.addresses.remove(t.write(remove(address))).await;
        removed.expect("remove");
    }
    ada.has_primary_address = false;
    assert_knows(&t, &ada).await;
    assert!(t.stored(address.user).await.has_primary_address);
}

/// The account is as expected, through both handles.
async fn assert_knows(t: &Trial, account: &Account) {
    for storage in [t.store.clone(), t.fresh().await] {
        let found = storage.users.account(account.id).await;
        assert_eq!(found.expect("account").as_deref(), Some(account));
    }
}

pub(super) async fn parallel_adds_fill_the_quota_with_one_primary(t: Trial) {
    for round in 0..ROUNDS {
        let ada = t.user(&format!("ada{round}")).await;
        let answers = parallel(30, |number| {
            let addresses = t.store.addresses.clone();
            let address = Address {
                is_primary: number % 2 == 0,
                ..t.make.address(ada.id, "Ada")
            };
            let write = t.write(AddAddress { address, quota: 10 });
            async move { addresses.add(write).await }
        })
        .await;
        let mut added = 0;
        for answer in answers {
            if answer.is_ok() {
                added += 1;
            } else {
                assert_is!(
                    answer,
                    Err(GuardError::Rule(AddressRule::QuotaExceeded { quota: 10 }))
                );
            }
        }
        assert_eq!(added, 10, "exactly the quota is added");
        assert_eq!(t.addresses(ada.id).await.len(), 10);
    }
}

pub(super) async fn parallel_changes_leave_one_primary(t: Trial) {
    for round in 0..ROUNDS {
        let ada = t.user(&format!("ada{round}")).await;
        let mut all = Vec::new();
        for _ in 0..10 {
            all.push(t.added(ada.id, "Ada", false).await);
        }
        let answers = parallel(10, |number| {
            let addresses = t.store.addresses.clone();
            let changes = AddressChanges {
                is_primary: Some(true),
                ..AddressChanges::default()
            };
            let write = t.write(change(&all[number], changes));
            async move { addresses.change(write).await.expect("change") }
        })
        .await;
        assert!(answers.iter().all(|address| address.is_primary));
        assert_eq!(t.addresses(ada.id).await.len(), 10);
    }
}

pub(super) async fn parallel_removals_leave_one_primary(t: Trial) {
    for round in 0..ROUNDS {
        let ada = t.user(&format!("ada{round}")).await;
        let mut all = Vec::new();
        for _ in 0..12 {
            all.push(t.added(ada.id, "Ada", false).await);
        }
        // The oldest ones, each of which may be promoted as it goes.
        let answers = parallel(9, |number| {
            let addresses = t.store.addresses.clone();
            let write = t.write(remove(&all[number]));
            async move { addresses.remove(write).await }
        })
        .await;
        assert!(answers.iter().all(Result::is_ok));
        let left: Vec<_> = t.addresses(ada.id).await.iter().map(|a| a.id).collect();
        assert_eq!(left, [all[11].id, all[10].id, all[9].id]);
    }
}
