//! What is known of phone numbers, by the metadata of libphonenumber.

use phonenumber::metadata::DATABASE;
use phonenumber::{Metadata, Mode, country};
use vestibule_domain::contact::{PhoneMetadata, PhoneParts};
use vestibule_domain::preferences::Country;
use vestibule_domain::users::PhoneNumber;

/// Region of numbers that belong to no country.
const WORLD: &str = "001";

/// The domain's `PhoneMetadata` on the crate `phonenumber`. The metadata, half
/// a megabyte in the binary, is unpacked at the first use.
#[derive(Debug, Clone, Copy, Default)]
pub struct LibPhoneNumber;

impl PhoneMetadata for LibPhoneNumber {
    fn is_possible(&self, number: &PhoneNumber) -> bool {
        split(number).is_some_and(|(code, national)| {
            let regions = DATABASE.by_code(&code).unwrap_or_default();
            let mut regions = regions.into_iter();
            regions.any(|region| is_possible_length(region, national))
        })
    }

    fn parse(&self, raw: &str, region: Option<Country>) -> Option<PhoneNumber> {
        let raw = raw.trim();
        if !raw.starts_with('+')
            && let Some(region) = region
            && let Some(number) = national(raw, &region)
        {
            return Some(number);
        }
        let digits: String = raw.chars().filter(char::is_ascii_digit).collect();
        PhoneNumber::parse(&format!("+{digits}"))
            .ok()
            .filter(|number| self.is_possible(number))
    }

    fn parts(&self, number: &PhoneNumber) -> Option<PhoneParts> {
        let (code, national) = split(number)?;
        Some(PhoneParts {
            calling_code: code.to_string(),
            national_number: national.to_owned(),
            region: region(code, number),
        })
    }
}

/// The calling code, of which none is the start of another, and the rest.
fn split(number: &PhoneNumber) -> Option<(u16, &str)> {
    let digits = number.as_str().strip_prefix('+')?;
    (1..=3).find_map(|length| {
        let (code, national) = digits.split_at_checked(length)?;
        let code = code.parse().ok()?;
        DATABASE.region(&code).map(|_| (code, national))
    })
}

/// Whether some kind of number of the region has this length. The metadata's
/// own sum of the kinds is empty in this crate.
fn is_possible_length(region: &Metadata, national: &str) -> bool {
    let kinds = region.descriptors();
    let kinds = [
        kinds.fixed_line(),
        kinds.mobile(),
        kinds.toll_free(),
        kinds.premium_rate(),
        kinds.shared_cost(),
        kinds.personal_number(),
        kinds.voip(),
        kinds.pager(),
        kinds.uan(),
        kinds.voicemail(),
    ];
    u16::try_from(national.len()).is_ok_and(|length| {
        let mut kinds = kinds.into_iter().flatten();
        kinds.any(|kind| kind.possible_length().contains(&length))
    })
}

/// Digits as they are dialled in a region.
fn national(raw: &str, region: &Country) -> Option<PhoneNumber> {
    let id: country::Id = region.to_string().parse().ok()?;
    let metadata = DATABASE.by_id(id.as_ref())?;
    let parsed = phonenumber::parse(Some(id), raw).ok()?;
    let possible = parsed.code().value() == metadata.country_code()
        && is_possible_length(metadata, &parsed.national().to_string());
    let text = parsed.format().mode(Mode::E164).to_string();
    PhoneNumber::parse(&text).ok().filter(|_| possible)
}

/// The number's own region, else the main one of its calling code, which the
/// metadata lists first.
fn region(code: u16, number: &PhoneNumber) -> Option<Country> {
    let regions = DATABASE.region(&code)?;
    let own = (regions.len() > 1)
        .then(|| phonenumber::parse(None, number.as_str()).ok())
        .flatten()
        .and_then(|parsed| parsed.country().id());
    let main = || regions.first().copied().filter(|region| *region != WORLD);
    let region = own.as_ref().map(AsRef::as_ref).or_else(main)?;
    Country::parse(region).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> PhoneNumber {
        PhoneNumber::parse(text).expect("a number")
    }

    fn country(code: &str) -> Country {
        Country::parse(code).expect("a country")
    }

    #[test]
    fn a_number_of_a_possible_length_is_possible_assigned_or_not() {
        for text in [
            "+15551234567",
            "+442071838750",
            "+41446681800",
            "+390612345678",
            "+79991234567",
            "+80012345678",
        ] {
            assert!(LibPhoneNumber.is_possible(&number(text)), "{text}");
        }
        for text in ["+1555123", "+155512345678", "+999123456789", "+4144668180"] {
            assert!(!LibPhoneNumber.is_possible(&number(text)), "{text}");
        }
    }

    #[test]
    fn a_number_is_taken_apart() {
        for (text, code, national, region) in [
            ("+442071838750", "44", "2071838750", Some(country("GB"))),
            ("+14155552671", "1", "4155552671", Some(country("US"))),
            ("+12425551234", "1", "2425551234", Some(country("BS"))),
            ("+15551234567", "1", "5551234567", Some(country("US"))),
            ("+77011234567", "7", "7011234567", Some(country("KZ"))),
            ("+390612345678", "39", "0612345678", Some(country("IT"))),
            ("+447700900123", "44", "7700900123", Some(country("GB"))),
            ("+80012345678", "800", "12345678", None),
        ] {
            let parts = LibPhoneNumber.parts(&number(text)).expect(text);
            let expected = PhoneParts {
                calling_code: code.to_owned(),
                national_number: national.to_owned(),
                region,
            };
            assert_eq!(parts, expected, "{text}");
        }
        assert_eq!(LibPhoneNumber.parts(&number("+999123456789")), None);
    }

    #[test]
    fn digits_are_national_where_that_is_possible_and_international_else() {
        for (raw, region, read) in [
            ("0446681800", Some(country("CH")), Some("+41446681800")),
            ("446681800", Some(country("CH")), Some("+41446681800")),
            ("2025550123", Some(country("US")), Some("+12025550123")),
            ("442071838750", Some(country("US")), Some("+442071838750")),
            ("442071838750", None, Some("+442071838750")),
            ("+442071838750", Some(country("US")), Some("+442071838750")),
            ("0612345678", Some(country("IT")), Some("+390612345678")),
            ("12", Some(country("CH")), None),
            ("0446681800", None, None),
            ("", Some(country("CH")), None),
            ("nonsense", Some(country("CH")), None),
        ] {
            let parsed = LibPhoneNumber.parse(raw, region);
            assert_eq!(parsed.as_ref().map(PhoneNumber::as_str), read, "{raw}");
        }
    }
}
