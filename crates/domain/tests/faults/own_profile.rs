//! What clients do in one call that have address, number and profile in one.

use std::sync::Arc;
use std::time::Duration;

use vestibule_domain::contact::{
    ConfirmEmailChangeError, Contact, EmailChange, MockEmailChangeStore, MockPhoneMetadata,
    PhoneParts, ReferencedCode,
};
use vestibule_domain::kernel::{Origin, Patch, Secret};
use vestibule_domain::preferences::Country;
use vestibule_domain::users::{Account, MockUserStore, PersonName, PhoneNumber, UpdateProfile};

use crate::contact::{contact, email, pending, started};
use crate::world::{jane, now, signed_in};

#[test]
fn a_reference_names_one_change_and_its_address() {
    let (contact_of_first, write) = started("new@example.com");
    let (found, code) = pending(&write);
    let reference = contact_of_first.reference(&found.change);
    assert_eq!(reference.len(), 64);
    let later = EmailChange {
        created_at: found.change.created_at.after(Duration::from_micros(1)),
        ..found.change.clone()
    };
    let later = contact_of_first.reference(&later);
    assert_ne!(reference, later);
    for (to, reference, code, right) in [
        ("NEW@example.com", &reference, &*code, true),
        ("other@example.com", &reference, &code, false),
        ("new@example.com", &later, &code, false),
        ("new@example.com", &String::new(), &code, false),
        ("new@example.com", &reference, "", false),
    ] {
        let mut store = MockEmailChangeStore::new();
        let found = found.clone();
        store
            .expect_try_code()
            .times(1)
            .return_once(|_| Ok(Some(found)));
        if right {
            let confirmed = Ok(Some(jane().into()));
            store.expect_confirm().times(1).return_once(|_| confirmed);
        }
        let given = ReferencedCode {
            new_email: email(to),
            reference: reference.clone(),
            code: Secret::new(code),
        };
        let contact = contact(store);
        let caller = signed_in(jane());
        let answer = now(contact.confirm_by_reference(&caller, &given, &Origin::default()));
        match answer {
            Ok(_) => assert!(right, "{to}"),
            Err(error) => {
                assert!(!right, "{to}");
                assert!(matches!(error, ConfirmEmailChangeError::IncorrectCode));
            }
        }
    }
}

/// Jane with this number and country, and what is known of numbers.
fn at_home(number: Option<&str>, country: Option<&str>) -> (Account, MockPhoneMetadata) {
    let mut account = jane();
    account.phone_number = number.map(|text| PhoneNumber::parse(text).expect("a number"));
    account.preferences.country = country.map(|code| Country::parse(code).expect("a country"));
    let mut phones = MockPhoneMetadata::new();
    phones.expect_parts().returning(|number| {
        let national = number.as_str().strip_prefix("+41")?;
        Some(PhoneParts {
            calling_code: "41".to_owned(),
            national_number: national.to_owned(),
            region: Country::parse("CH").ok(),
        })
    });
    phones.expect_parse().returning(|raw, region| {
        let region = region.map(|region| region.to_string());
        match (raw, region.as_deref()) {
            ("0446681801", Some("CH")) => PhoneNumber::parse("+41446681801").ok(),
            ("442071838750", None | Some("CH")) => PhoneNumber::parse("+442071838750").ok(),
            ("2025550123", Some("US")) => PhoneNumber::parse("+12025550123").ok(),
            _ => None,
        }
    });
    (account, phones)
}

#[test]
fn an_own_number_is_read_as_at_home() {
    let swiss = Some("+41446681800");
    for (number, country, raw, read) in [
        (swiss, None, "446681800", swiss),
        (swiss, Some("US"), " 0446681801 ", Some("+41446681801")),
        (swiss, Some("US"), "2025550123", None),
        (None, Some("US"), "2025550123", Some("+12025550123")),
        (None, None, "442071838750", Some("+442071838750")),
        (None, Some("CH"), "442071838750", Some("+442071838750")),
        (None, Some("US"), "202-555-0123", None),
        (None, Some("US"), "12", None),
    ] {
        let (account, phones) = at_home(number, country);
        let contact = Contact {
            phones: Arc::new(phones),
            ..contact(MockEmailChangeStore::new())
        };
        let parsed = contact.parse_own_phone(&account, raw).ok();
        assert_eq!(parsed.as_ref().map(PhoneNumber::as_str), read, "{raw}");
    }
}

#[test]
fn a_profile_with_a_phone_number_is_one_write() {
    let number = PhoneNumber::parse("+15551234567").expect("a number");
    for (phone, logged) in [(Patch::Set(number), 1), (Patch::Clear, 1), (Patch::Keep, 0)] {
        let mut users = MockUserStore::new();
        let expected = phone.clone();
        users.expect_update().times(1).return_once(move |write| {
            assert_eq!(write.command.changes.phone_number, expected);
            assert!(write.command.changes.first_name.is_some());
            assert_eq!(write.log.len(), logged);
            Ok(jane().into())
        });
        let contact = Contact {
            users: Arc::new(users),
            ..contact(MockEmailChangeStore::new())
        };
        let profile = UpdateProfile {
            first_name: Some(PersonName::default()),
            ..UpdateProfile::default()
        };
        let caller = signed_in(jane());
        let origin = Origin::default();
        let updated = contact.update_profile(&caller, profile, phone, &origin);
        assert!(now(updated).is_ok());
    }
}
