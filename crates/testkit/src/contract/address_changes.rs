//! `AddressStore::change` and `AddressStore::remove`.

use std::fmt::Debug;
use std::ops::AsyncFn;
use std::time::Duration;

use vestibule_domain::addresses::{
    Address, AddressChanges, AddressRule, ChangeAddress, PostalCode, RemoveAddress,
};
use vestibule_domain::kernel::{AddressId, GuardError, Patch, StoreError, UserId, Version, Write};
use vestibule_domain::preferences::Country;

use super::addresses::{change, line, remove};
use super::trial::{Trial, assert_is, parallel};

fn country(code: &str) -> Country {
    Country::parse(code).expect("a country")
}

fn code(text: &str) -> PostalCode {
    PostalCode::parse(text).expect("a postal code")
}

pub(super) async fn change_sets_and_clears_each_field_alone(t: Trial) {
    let ada = t.user("ada").await;
    let mut address = t.added(ada.id, "Ada", true).await;
    let other = t.added(ada.id, "other", false).await;
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
        region: Patch::Set(line("Wedding")) => Some(line("Wedding")),
        postal_code: Patch::Set(code("10117")) => Some(code("10117")),
        postal_code: Patch::Clear => None,
        postal_code: Patch::Set(code("13353")) => Some(code("13353")),
        country: Some(country("DE")) => country("DE"),
        // It is the primary one already: no other address changes.
        is_primary: Some(true) => true,
    }
}

pub(super) async fn change_sets_all_fields_at_once(t: Trial) {
    let ada = t.user("ada").await;
    let mut first = t.added(ada.id, "first", true).await;
    let mut second = t.added(ada.id, "second", false).await;
    let at = t.make.later(Duration::from_secs(1));
    let changes = AddressChanges {
        name: Some(line("Augusta")),
        line1: Some(line("Unter den Linden 1")),
        line2: Patch::Clear,
        city: Some(line("Berlin")),
        region: Patch::Set(line("Mitte")),
        postal_code: Patch::Set(code("10117")),
        country: Some(country("DE")),
        is_primary: Some(true),
    };
    let command = ChangeAddress {
        expected: Some(second.version),
        ..change(&second, changes)
    };
    let answer = t.store.addresses.change(t.write(command)).await;
    second = Address {
        name: line("Augusta"),
        line1: line("Unter den Linden 1"),
        line2: None,
        city: line("Berlin"),
        region: Some(line("Mitte")),
        postal_code: Some(code("10117")),
        country: country("DE"),
        is_primary: true,
        updated_at: at,
        version: Version(second.version.0 + 1),
        ..second
    };
    first.is_primary = false;
    first.updated_at = at;
    first.version.0 += 1;
    assert_eq!(answer.expect("change"), second);
    assert_eq!(t.addresses(ada.id).await, [second, first]);
}

pub(super) async fn change_of_nothing_still_grows_the_version(t: Trial) {
    let ada = t.user("ada").await;
    let mut address = t.added(ada.id, "Ada", true).await;
    let at = t.make.later(Duration::from_secs(1));
    let command = t.write(change(&address, AddressChanges::default()));
    let answer = t.store.addresses.change(command).await;
    address.updated_at = at;
    address.version.0 += 1;
    assert_eq!(answer.expect("change"), address);
    assert_eq!(t.addresses(ada.id).await, [address]);
}

/// Sends the same refusals to `change` and `remove`: another user's address,
/// an unknown one, other versions than the stored one, and a repeated key.
/// `target` picks the address, of a first one that is primary and a second one.
async fn refusals<C: Clone, T: Debug>(
    t: &Trial,
    target: usize,
    command: impl Fn(UserId, AddressId, Option<Version>) -> C,
    call: impl AsyncFn(Write<C>) -> Result<T, GuardError<AddressRule>>,
) {
    let ada = t.user("ada").await;
    let bob = t.user("bob").await;
    let of_bob = t.added(bob.id, "of bob", true).await;
    let both = [
        t.added(ada.id, "first", true).await,
        t.added(ada.id, "second", false).await,
    ];
    let address = both[target].clone();
    t.make.later(Duration::from_secs(1));
    let unknown = [
        (bob.id, address.id),
        (ada.id, of_bob.id),
        (ada.id, t.make.id()),
        (t.make.id(), address.id),
    ];
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
    let refused = t.repeats_once(ada.id, current.clone(), &call).await;
    assert_is!(
        refused,
        Err(GuardError::Store(StoreError::Duplicate("once")))
    );
    let [first, second] = both;
    assert_eq!(t.addresses(ada.id).await, [second, first]);
    assert_eq!(t.addresses(bob.id).await, [of_bob]);
    call(t.write(current)).await.expect("at the stored version");
}

pub(super) async fn a_refused_change_leaves_the_addresses(t: Trial) {
    let command = |user, address, expected| ChangeAddress {
        user,
        address,
        expected,
        changes: AddressChanges {
            name: Some(line("changed")),
            is_primary: Some(true),
            ..AddressChanges::default()
        },
    };
    refusals(&t, 1, command, async |write| {
        t.store.addresses.change(write).await
    })
    .await;
}

pub(super) async fn a_refused_removal_leaves_the_addresses(t: Trial) {
    let command = |user, address, expected| RemoveAddress {
        user,
        address,
        expected,
    };
    refusals(&t, 0, command, async |write| {
        t.store.addresses.remove(write).await
    })
    .await;
}

pub(super) async fn removal_of_another_address_touches_no_other(t: Trial) {
    let ada = t.user("ada").await;
    let of_bob = t.added(t.user("bob").await.id, "of bob", true).await;
    let first = t.added(ada.id, "first", true).await;
    let second = t.added(ada.id, "second", false).await;
    let third = t.added(ada.id, "third", false).await;
    t.make.later(Duration::from_secs(1));
    t.commits(ada.id, remove(&second), async |write| {
        t.store.addresses.remove(write).await
    })
    .await;
    assert_eq!(t.addresses(ada.id).await, [third, first]);
    assert_eq!(t.addresses(of_bob.user).await, [of_bob]);
    let gone = t.store.addresses.find(ada.id, second.id).await;
    assert_is!(gone, Ok(None));
    let again = t.store.addresses.remove(t.write(remove(&second))).await;
    assert_is!(again, Err(GuardError::Rule(AddressRule::NotFound)));
}

pub(super) async fn parallel_changes_of_one_version_succeed_once(t: Trial) {
    let ada = t.user("ada").await;
    let address = t.added(ada.id, "Ada", true).await;
    let answers = parallel(20, |number| {
        let addresses = t.store.addresses.clone();
        let changes = AddressChanges {
            name: Some(line(&format!("Ada {number}"))),
            ..AddressChanges::default()
        };
        let write = t.write(ChangeAddress {
            expected: Some(address.version),
            ..change(&address, changes)
        });
        async move { addresses.change(write).await }
    })
    .await;
    let mut winners = Vec::new();
    for answer in answers {
        match answer {
            Ok(address) => winners.push(address),
            Err(error) => {
                assert_is!(error, GuardError::Store(StoreError::Conflict));
            }
        }
    }
    assert_eq!(winners.len(), 1, "exactly one change succeeds");
    assert_eq!(t.addresses(ada.id).await, winners);
}
