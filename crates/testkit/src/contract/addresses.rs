use std::time::Duration;

use vestibule_domain::addresses::{
    AddAddress, Address, AddressChanges, AddressLine, AddressRule, ChangeAddress, PostalCode,
    RemoveAddress,
};
use vestibule_domain::kernel::{AddressId, GuardError, Patch, StoreError, UserId, Version, Write};
use vestibule_domain::preferences::Country;

use super::trial::{Trial, assert_is, check_paging, first_page};

pub(super) fn add(address: Address) -> AddAddress {
    AddAddress { address, quota: 50 }
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
    /// that exactly one is the primary one, when there are any.
    pub(super) async fn addresses(&self, user: UserId) -> Vec<Address> {
        let addresses = self.fresh().await.addresses;
        let page = addresses.list(user, first_page()).await.expect("list");
        let primaries = page.items.iter().filter(|a| a.is_primary).count();
        assert_eq!(primaries, page.items.len().min(1), "primary addresses");
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
    let found = t.fresh().await.addresses.find(ada.id, address.id).await;
    assert_eq!(found.expect("find"), Some(address));
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
    let write = t.write(add(t.make.address(t.make.id(), "nobody")));
    let refused = t.store.addresses.add(write).await;
    assert_is!(refused, Err(GuardError::Store(StoreError::Missing("user"))));
}

pub(super) async fn add_under_a_stored_once_is_refused(t: Trial) {
    let ada = t.user("ada").await;
    let command = add(t.make.address(ada.id, "Ada"));
    let refused = t
        .repeats_once(ada.id, command, async |write| {
            t.store.addresses.add(write).await
        })
        .await;
    assert_is!(
        refused,
        Err(GuardError::Store(StoreError::Duplicate("once")))
    );
    assert_eq!(t.addresses(ada.id).await, []);
}

pub(super) async fn addresses_are_listed_newest_first(t: Trial) {
    let ada = t.user("ada").await;
    let bob = t.user("bob").await;
    let mut ids = Vec::new();
    for _ in 0..7 {
        ids.push(t.added(ada.id, "Ada", false).await.id);
        t.added(bob.id, "Bob", true).await;
    }
    ids.reverse();
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
}

pub(super) fn change(address: &Address, changes: AddressChanges) -> ChangeAddress {
    ChangeAddress {
        user: address.user,
        address: address.id,
        expected: None,
        changes,
    }
}

pub(super) fn line(text: &str) -> AddressLine {
    AddressLine::parse(text).expect("a line")
}

pub(super) async fn change_sets_and_clears_each_field_alone(t: Trial) {
    let ada = t.user("ada").await;
    let mut address = t.added(ada.id, "Ada", true).await;
    let other = t.added(ada.id, "other", false).await;
    let code = PostalCode::parse("10117").expect("a postal code");
    let country = Country::parse("DE").expect("a country");
    macro_rules! steps {
        ($($field:ident: $change:expr => $value:expr),+ $(,)?) => {
            $(
                let at = t.make.later(Duration::from_secs(1));
                let changes = AddressChanges {
                    $field: $change,
                    ..AddressChanges::default()
                };
                let answer = t
                    .commits(ada.id, change(&address, changes), async |write| {
                        t.store.addresses.change(write).await
                    })
                    .await;
                address.$field = $value;
                address.version.0 += 1;
                address.updated_at = at;
                assert_eq!(answer, address);
                let stored = t.addresses(ada.id).await;
                assert_eq!(stored, [other.clone(), address.clone()]);
            )+
        };
    }
    steps! {
        name: Some(line("Augusta")) => line("Augusta"),
        line1: Some(line("Unter den Linden 1")) => line("Unter den Linden 1"),
        line2: Patch::Set(line("Hof")) => Some(line("Hof")),
        line2: Patch::Clear => None,
        line2: Patch::Set(line("EG")) => Some(line("EG")),
        city: Some(line("Berlin")) => line("Berlin"),
        region: Patch::Set(line("Mitte")) => Some(line("Mitte")),
        region: Patch::Clear => None,
        postal_code: Patch::Set(code.clone()) => Some(code.clone()),
        postal_code: Patch::Clear => None,
        country: Some(country.clone()) => country.clone(),
        is_primary: Some(true) => true,
    }
}

/// Sends the same refusals to `change` and `remove`: another user's address,
/// an unknown one, and other versions than the stored one.
async fn refusals<C, T: std::fmt::Debug>(
    t: &Trial,
    command: impl Fn(UserId, AddressId, Option<Version>) -> C,
    call: impl AsyncFn(Write<C>) -> Result<T, GuardError<AddressRule>>,
) {
    let ada = t.user("ada").await;
    let bob = t.user("bob").await;
    let address = t.added(ada.id, "Ada", true).await;
    let unknown = [(bob.id, address.id), (ada.id, t.make.id())];
    for (user, id) in unknown {
        let refused = t
            .leaves_no_envelope(ada.id, command(user, id, None), &call)
            .await;
        assert_is!(refused, Err(GuardError::Rule(AddressRule::NotFound)));
    }
    for version in [address.version.0 - 1, address.version.0 + 1] {
        let stale = command(ada.id, address.id, Some(Version(version)));
        let refused = t.leaves_no_envelope(ada.id, stale, &call).await;
        assert_is!(refused, Err(GuardError::Store(StoreError::Conflict)));
    }
    let current = command(ada.id, address.id, Some(address.version));
    assert_eq!(t.addresses(ada.id).await, [address]);
    call(t.write(current)).await.expect("at the stored version");
}

pub(super) async fn a_refused_change_leaves_the_address(t: Trial) {
    let command = |user, address, expected| ChangeAddress {
        user,
        address,
        expected,
        changes: AddressChanges {
            name: Some(line("changed")),
            ..AddressChanges::default()
        },
    };
    refusals(&t, command, async |write| {
        t.store.addresses.change(write).await
    })
    .await;
}

pub(super) async fn a_refused_removal_leaves_the_address(t: Trial) {
    let command = |user, address, expected| RemoveAddress {
        user,
        address,
        expected,
    };
    refusals(&t, command, async |write| {
        t.store.addresses.remove(write).await
    })
    .await;
}

pub(super) fn remove(address: &Address) -> RemoveAddress {
    RemoveAddress {
        user: address.user,
        address: address.id,
        expected: None,
    }
}

pub(super) async fn removal_of_another_address_touches_no_other(t: Trial) {
    let ada = t.user("ada").await;
    let first = t.added(ada.id, "first", true).await;
    let second = t.added(ada.id, "second", false).await;
    let third = t.added(ada.id, "third", false).await;
    let removed = t.store.addresses.remove(t.write(remove(&second))).await;
    removed.expect("remove");
    assert_eq!(t.addresses(ada.id).await, [third, first]);
    let gone = t.store.addresses.find(ada.id, second.id).await;
    assert_is!(gone, Ok(None));
}
