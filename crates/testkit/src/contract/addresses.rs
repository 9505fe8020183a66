use std::time::Duration;

use vestibule_domain::addresses::{
    AddAddress, Address, AddressChanges, AddressLine, AddressRule, ChangeAddress, PostalCode,
    RemoveAddress,
};
use vestibule_domain::kernel::{GuardError, StoreError, UserId};

use super::paging::{SHUFFLED, check_paging, first_page};
use super::trial::{Trial, assert_is};

pub(super) use super::faults::addresses as a_store_that_is_down_is_unavailable;
pub(super) use super::own_writes::addresses as own_writes_are_read_at_once;

pub(super) fn add(address: Address) -> AddAddress {
    AddAddress { address, quota: 50 }
}

pub(super) fn change(address: &Address, changes: AddressChanges) -> ChangeAddress {
    ChangeAddress {
        user: address.user,
        address: address.id,
        expected: None,
        changes,
    }
}

pub(super) fn remove(address: &Address) -> RemoveAddress {
    RemoveAddress {
        user: address.user,
        address: address.id,
        expected: None,
    }
}

pub(super) fn line(text: &str) -> AddressLine {
    AddressLine::parse(text).expect("a line")
}

impl Trial {
    /// A stored address, which wants to be the primary one or not.
    pub(super) async fn added(&self, user: UserId, name: &str, is_primary: bool) -> Address {
        let address = Address {
            is_primary,
            ..self.make.address(user, name)
        };
        let added = self.store.addresses.add(self.write(add(address))).await;
        added.expect("add")
    }

    /// The user's addresses, newest first, through a fresh handle; makes sure
    /// that exactly one is the primary one, when there are any, and that each
    /// is found as it is listed.
    pub(super) async fn addresses(&self, user: UserId) -> Vec<Address> {
        let addresses = self.fresh().await.addresses;
        let page = addresses.list(user, first_page()).await.expect("list");
        let primaries = page.items.iter().filter(|a| a.is_primary).count();
        assert_eq!(primaries, page.items.len().min(1), "primary addresses");
        for address in &page.items {
            let found = addresses.find(user, address.id).await.expect("find");
            assert_eq!(found.as_ref(), Some(address), "found as it is listed");
        }
        page.items
    }
}

pub(super) async fn add_stores_every_field(t: Trial) {
    let ada = t.user("ada").await;
    let mut address = t.make.address(ada.id, "Ada Lovelace");
    let (stored, sealed) = t
        .commits_sealing(ada.id, add(address.clone()), async |write| {
            t.store.addresses.add(write).await
        })
        .await;
    // The first one is the primary one, whatever it wants.
    address.is_primary = true;
    assert_eq!(stored, address);
    assert_eq!(sealed, format!("{address:?}"), "what the replay answers");
    assert_eq!(t.addresses(ada.id).await, [address]);
}

pub(super) async fn add_stores_what_is_absent_as_absent(t: Trial) {
    let ada = t.user("ada").await;
    let address = Address {
        line2: None,
        region: None,
        postal_code: None,
        is_primary: true,
        ..t.make.address(ada.id, "Ada")
    };
    let added = t.store.addresses.add(t.write(add(address.clone()))).await;
    assert_eq!(added.expect("add"), address);
    assert_eq!(t.addresses(ada.id).await, [address]);
}

pub(super) async fn add_stores_the_longest_values(t: Trial) {
    let ada = t.user("ada").await;
    // 255 code points of four bytes.
    let long = || line(&"\u{1f4a1}".repeat(255));
    let address = Address {
        line1: long(),
        line2: Some(long()),
        city: long(),
        region: Some(long()),
        postal_code: Some(PostalCode::parse(&"\u{1f4a1}".repeat(20)).expect("a code")),
        is_primary: true,
        ..t.make.address(ada.id, &"\u{1f4a1}".repeat(255))
    };
    let added = t.store.addresses.add(t.write(add(address.clone()))).await;
    assert_eq!(added.expect("add"), address);
    assert_eq!(t.addresses(ada.id).await, [address]);
}

pub(super) async fn a_later_address_is_primary_only_if_it_wants(t: Trial) {
    let ada = t.user("ada").await;
    let mut first = t.added(ada.id, "first", false).await;
    let of_bob = t.added(t.user("bob").await.id, "of bob", true).await;
    let second = t.added(ada.id, "second", false).await;
    assert!(!second.is_primary);
    let at = t.make.later(Duration::from_mins(1));
    let third = t.added(ada.id, "third", true).await;
    assert!(third.is_primary);
    first.is_primary = false;
    first.version.0 += 1;
    first.updated_at = at;
    assert_eq!(t.addresses(ada.id).await, [third, second, first]);
    assert_eq!(t.addresses(of_bob.user).await, [of_bob]);
}

pub(super) async fn add_beyond_the_quota_is_refused(t: Trial) {
    let ada = t.user("ada").await;
    t.added(t.user("bob").await.id, "of bob", true).await;
    let first = t.added(ada.id, "first", true).await;
    let second = t.added(ada.id, "second", false).await;
    let command = AddAddress {
        address: Address {
            is_primary: true,
            ..t.make.address(ada.id, "third")
        },
        quota: 2,
    };
    t.make.later(Duration::from_secs(1));
    let refused = t
        .leaves_no_envelope(ada.id, command, async |write| {
            t.store.addresses.add(write).await
        })
        .await;
    assert_is!(
        refused,
        Err(GuardError::Rule(AddressRule::QuotaExceeded { quota: 2 }))
    );
    assert_eq!(t.addresses(ada.id).await, [second, first]);
}

pub(super) async fn add_without_account_is_missing(t: Trial) {
    let ada = t.user("ada").await;
    let command = add(t.make.address(t.make.id(), "nobody"));
    let nobody = command.address.user;
    let refused = t
        .leaves_no_envelope(ada.id, command, async |write| {
            t.store.addresses.add(write).await
        })
        .await;
    assert_is!(refused, Err(GuardError::Store(StoreError::Missing("user"))));
    assert_eq!(t.addresses(nobody).await, []);
}

pub(super) async fn add_under_a_stored_once_is_refused(t: Trial) {
    let ada = t.user("ada").await;
    let first = t.added(ada.id, "first", true).await;
    t.make.later(Duration::from_secs(1));
    let mut command = add(Address {
        is_primary: true,
        ..t.make.address(ada.id, "second")
    });
    // The record is looked at before the rule.
    for quota in [50, 1] {
        command.quota = quota;
        let refused = t
            .repeats_once(ada.id, command.clone(), async |write| {
                t.store.addresses.add(write).await
            })
            .await;
        assert_is!(
            refused,
            Err(GuardError::Store(StoreError::Duplicate("once")))
        );
    }
    assert_eq!(t.addresses(ada.id).await, [first]);
}

pub(super) async fn addresses_are_listed_newest_first(t: Trial) {
    let ada = t.user("ada").await;
    let bob = t.user("bob").await;
    let mut of_ada = Vec::new();
    for _ in 0..7 {
        of_ada.push(t.make.address(ada.id, "Ada"));
        t.added(bob.id, "Bob", true).await;
    }
    for place in SHUFFLED {
        let added = t.write(add(of_ada[place].clone()));
        t.store.addresses.add(added).await.expect("add");
        t.make.later(Duration::from_secs(1));
    }
    let ids: Vec<_> = of_ada.iter().rev().map(|address| address.id).collect();
    let addresses = t.fresh().await.addresses;
    check_paging(
        &ids,
        |address: &Address| address.id,
        async |page| addresses.list(ada.id, page).await.expect("list"),
    )
    .await;
}

pub(super) async fn an_address_is_its_own_users_only(t: Trial) {
    let ada = t.user("ada").await;
    let bob = t.user("bob").await;
    let address = t.added(ada.id, "Ada", true).await;
    let addresses = &t.store.addresses;
    assert_is!(addresses.find(bob.id, address.id).await, Ok(None));
    assert_is!(addresses.find(ada.id, t.make.id()).await, Ok(None));
    assert_is!(addresses.find(t.make.id(), address.id).await, Ok(None));
    assert_eq!(t.addresses(bob.id).await, []);
}
