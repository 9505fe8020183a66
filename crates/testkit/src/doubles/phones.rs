use vestibule_domain::contact::{PhoneMetadata, PhoneParts};
use vestibule_domain::preferences::Country;
use vestibule_domain::users::PhoneNumber;

/// Knows one calling code, 1 of the United States, with national numbers of
/// ten digits. Numbers of other codes are possible from ten digits on.
#[derive(Debug, Default)]
pub struct AnyPhone;

impl PhoneMetadata for AnyPhone {
    fn is_possible(&self, number: &PhoneNumber) -> bool {
        let digits = &number.as_str()[1..];
        match digits.strip_prefix('1') {
            Some(national) => national.len() == 10,
            None => digits.len() >= 10,
        }
    }

    fn parse(&self, raw: &str, region: Option<Country>) -> Option<PhoneNumber> {
        let digits: String = raw.chars().filter(char::is_ascii_digit).collect();
        let national = region.is_some_and(|region| region.to_string() == "US")
            && digits.len() == 10
            && !raw.starts_with('+');
        let number = if national {
            format!("+1{digits}")
        } else {
            format!("+{digits}")
        };
        PhoneNumber::parse(&number)
            .ok()
            .filter(|number| self.is_possible(number))
    }

    fn parts(&self, number: &PhoneNumber) -> Option<PhoneParts> {
        let national = number.as_str().strip_prefix("+1")?;
        Some(PhoneParts {
            calling_code: "1".to_owned(),
            national_number: national.to_owned(),
            region: Country::parse("US").ok(),
        })
    }
}
