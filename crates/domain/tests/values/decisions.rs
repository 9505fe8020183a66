//! The rules that adapters evaluate inside their transactions.

use proptest::prelude::*;
use uuid::Uuid;
use vestibule_domain::addresses::{
    Address, AddressLine, AddressRule, decide_create, decide_delete, decide_update,
};
use vestibule_domain::devices::{
    Device, DeviceRule, DeviceToken, Platform, RefreshFacts, RegisterFacts, RegisterPlan,
    decide_refresh, decide_register,
};
use vestibule_domain::inquiries::{InquiryRule, decide_submit};
use vestibule_domain::kernel::{AddressId, DeviceId, Timestamp, UserId, Version};
use vestibule_domain::preferences::Country;

fn user(number: u128) -> UserId {
    UserId::from_uuid(Uuid::from_u128(number))
}

fn address_id(number: u128) -> AddressId {
    AddressId::from_uuid(Uuid::from_u128(number))
}

fn device_id(number: u128) -> DeviceId {
    DeviceId::from_uuid(Uuid::from_u128(number))
}

fn address(number: u128, created: i64, is_primary: bool) -> Address {
    let line = AddressLine::parse("somewhere").expect("a line");
    let at = Timestamp::from_micros(created);
    Address {
        id: address_id(number),
        user: user(1),
        name: line.clone(),
        line1: line.clone(),
        line2: None,
        city: line,
        region: None,
        postal_code: None,
        country: Country::parse("US").expect("a country"),
        is_primary,
        created_at: at,
        updated_at: at,
        version: Version(1),
    }
}

fn device(number: u128, owner: u128) -> Device {
    let at = Timestamp::from_micros(0);
    Device {
        id: device_id(number),
        user: user(owner),
        token: DeviceToken::parse("token").expect("a token"),
        platform: Platform::Ios,
        name: None,
        is_active: true,
        created_at: at,
        last_refreshed_at: at,
        version: Version(1),
    }
}

#[derive(Debug, Clone)]
enum Step {
    Create {
        wants_primary: bool,
    },
    Update {
        which: usize,
        is_primary: Option<bool>,
    },
    Delete {
        which: usize,
    },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        3 => any::<bool>().prop_map(|wants_primary| Step::Create { wants_primary }),
        2 => (0..8_usize, any::<Option<bool>>())
            .prop_map(|(which, is_primary)| Step::Update { which, is_primary }),
        2 => (0..8_usize).prop_map(|which| Step::Delete { which }),
    ];
    prop::collection::vec(step, 0..40)
}

const QUOTA: u32 = 5;

/// Carries out what the rules answer, as an adapter does.
fn carry_out(step: &Step, number: usize, addresses: &mut Vec<Address>) -> Result<(), AddressRule> {
    let id = |which: usize| address_id(which as u128);
    match *step {
        Step::Create { wants_primary } => {
            let is_primary = decide_create(addresses, wants_primary, QUOTA)?;
            if is_primary {
                for other in addresses.iter_mut() {
                    other.is_primary = false;
                }
            }
            // Several at one instant: the id decides which is the oldest.
            let created = i64::try_from(number / 3).expect("small");
            addresses.push(address(number as u128, created, is_primary));
        }
        Step::Update { which, is_primary } => {
            if decide_update(addresses, id(which), is_primary)? {
                for other in addresses {
                    other.is_primary = other.id == id(which);
                }
            }
        }
        Step::Delete { which } => {
            let heir = decide_delete(addresses, id(which))?;
            addresses.retain(|other| other.id != id(which));
            for other in addresses {
                other.is_primary |= Some(other.id) == heir;
            }
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn one_address_is_primary_whatever_happens(steps in steps()) {
        let mut addresses = Vec::new();
        for (number, step) in steps.iter().enumerate() {
            let before = addresses.clone();
            let refused = carry_out(step, number, &mut addresses);
            let primary = addresses.iter().filter(|address| address.is_primary).count();
            prop_assert_eq!(primary, usize::from(!addresses.is_empty()));
            prop_assert!(addresses.len() <= QUOTA as usize);
            match (step, refused) {
                (Step::Create { .. }, Err(rule)) => {
                    prop_assert_eq!(rule, AddressRule::QuotaExceeded { quota: QUOTA });
                    prop_assert_eq!(before.len(), QUOTA as usize);
                }
                (Step::Update { which, is_primary: Some(false) }, Err(AddressRule::PrimaryRequired)) => {
                    prop_assert!(before.iter().any(|a| a.id == address_id(*which as u128) && a.is_primary));
                }
                (Step::Update { which, .. } | Step::Delete { which }, Err(rule)) => {
                    prop_assert_eq!(rule, AddressRule::NotFound);
                    prop_assert!(before.iter().all(|a| a.id != address_id(*which as u128)));
                }
                (Step::Update { which, is_primary: Some(true) }, Ok(())) => {
                    prop_assert!(addresses.iter().any(|a| a.id == address_id(*which as u128) && a.is_primary));
                }
                _ => {}
            }
        }
    }

    #[test]
    fn a_registration_never_goes_over_the_quota(
        holder in prop::option::of((1..4_u128, 1..3_u128)), count in 0..10_u64, quota in 0..10_u32
    ) {
        let facts = RegisterFacts {
            holder: holder.map(|(number, owner)| device(number, owner)),
            count,
            quota,
        };
        let decided = decide_register(user(1), &facts);
        match holder {
            // One's own token costs nothing, even when the quota has shrunk.
            Some((number, 1)) => prop_assert_eq!(decided, Ok(RegisterPlan::Confirm(device_id(number)))),
            _ if count >= u64::from(quota) => {
                prop_assert_eq!(decided, Err(DeviceRule::QuotaExceeded { quota }));
            }
            other => prop_assert_eq!(
                decided,
                Ok(RegisterPlan::Create { remove: other.map(|(number, _)| device_id(number)) })
            ),
        }
    }

    #[test]
    fn inquiries_up_to_the_quota(open: u64, quota: u32) {
        let expected = if open < u64::from(quota) { Ok(()) } else { Err(InquiryRule::QuotaExceeded { quota }) };
        prop_assert_eq!(decide_submit(open, quota), expected);
    }
}

#[test]
fn the_first_address_is_primary() {
    assert_eq!(decide_create(&[], false, 50), Ok(true));
    let one = [address(1, 1, true)];
    assert_eq!(decide_create(&one, false, 50), Ok(false));
    assert_eq!(decide_create(&one, true, 50), Ok(true));
    assert_eq!(
        decide_create(&one, true, 1),
        Err(AddressRule::QuotaExceeded { quota: 1 })
    );
}

#[test]
fn the_primary_address_stays_until_another_takes_over() {
    let two = [address(1, 1, true), address(2, 2, false)];
    assert_eq!(
        decide_update(&two, address_id(1), Some(false)),
        Err(AddressRule::PrimaryRequired)
    );
    assert_eq!(decide_update(&two, address_id(1), Some(true)), Ok(false));
    assert_eq!(decide_update(&two, address_id(1), None), Ok(false));
    assert_eq!(decide_update(&two, address_id(2), Some(false)), Ok(false));
    assert_eq!(decide_update(&two, address_id(2), Some(true)), Ok(true));
    assert_eq!(
        decide_update(&two, address_id(3), Some(true)),
        Err(AddressRule::NotFound)
    );
}

#[test]
fn the_oldest_address_takes_over() {
    let four = [
        address(9, 5, false),
        address(7, 3, false),
        address(8, 3, false),
        address(1, 9, true),
    ];
    assert_eq!(decide_delete(&four, address_id(1)), Ok(Some(address_id(7))));
    assert_eq!(decide_delete(&four, address_id(7)), Ok(None));
    assert_eq!(decide_delete(&four[3..], address_id(1)), Ok(None));
    assert_eq!(
        decide_delete(&four, address_id(2)),
        Err(AddressRule::NotFound)
    );
}

#[test]
fn a_refresh_takes_the_token_from_its_holder() {
    let facts = |device: Option<Device>, holder: Option<Device>| RefreshFacts { device, holder };
    let own = device(1, 1);
    assert_eq!(decide_refresh(&facts(Some(own.clone()), None)), Ok(None));
    assert_eq!(
        decide_refresh(&facts(Some(own.clone()), Some(own.clone()))),
        Ok(None)
    );
    for owner in [1, 2] {
        assert_eq!(
            decide_refresh(&facts(Some(own.clone()), Some(device(2, owner)))),
            Ok(Some(device_id(2)))
        );
    }
    assert_eq!(
        decide_refresh(&facts(None, Some(own))),
        Err(DeviceRule::NotFound)
    );
}
