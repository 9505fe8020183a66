//! Length-limited texts: trimmed, NFC, no control characters.

use proptest::prelude::*;
use proptest::sample::select;
use unicode_normalization::{UnicodeNormalization, is_nfc};
use vestibule_domain::addresses::{AddressLine, PostalCode};
use vestibule_domain::api_keys::KeyName;
use vestibule_domain::devices::{DeviceName, DeviceToken};
use vestibule_domain::inquiries::{InquiryMessage, Subject};
use vestibule_domain::kernel::{LongText, text};
use vestibule_domain::preferences::{JobTitle, LegalName, PreferredName, Theme, ViewingPreference};
use vestibule_domain::users::{Bio, OtherId, PersonName};

use crate::code;

/// Texts in which what matters is frequent: white space, control characters,
/// line ends, combining marks.
fn raw_texts() -> impl Strategy<Value = String> {
    let special = select(vec![
        ' ', '\n', '\r', '\t', '\0', '\u{7f}', '\u{85}', '\u{a0}', '\u{2003}', '\u{2028}',
        '\u{3000}', 'e', '\u{301}', '\u{327}', '\u{1f82}', '\u{ac00}', '\u{11a8}',
    ]);
    let letters = prop::collection::vec(
        prop_oneof![4 => any::<char>(), 4 => Just('a'), 1 => special.clone()],
        0..80,
    );
    let ends = prop::collection::vec(special, 0..3);
    (ends.clone(), letters, ends)
        .prop_map(|(start, middle, end)| start.into_iter().chain(middle).chain(end).collect())
}

/// What the contract says of a text, step by step and without regard to cost.
fn expected(raw: &str, min: usize, max: usize, long: bool) -> Option<String> {
    let unix = if long {
        raw.replace("\r\n", "\n")
    } else {
        raw.to_owned()
    };
    let bad = |c: char| c.is_control() && !(long && (c == '\n' || c == '\t'));
    if unix.contains(bad) {
        return None;
    }
    let value: String = unix.trim().nfc().collect();
    (min..=max)
        .contains(&value.chars().count())
        .then_some(value)
}

macro_rules! texts {
    ($($name:ident: $type:ident, $min:literal..=$max:literal, $long:literal;)+) => { $(
        mod $name {
            use super::*;

            proptest! {
                #[test]
                fn accepts_what_the_contract_says(raw in raw_texts()) {
                    let parsed = $type::parse(&raw).ok();
                    prop_assert_eq!(
                        parsed.as_ref().map(|value| value.as_str().to_owned()),
                        expected(&raw, $min, $max, $long)
                    );
                    if let Some(value) = parsed {
                        prop_assert!(is_nfc(value.as_str()));
                        prop_assert_eq!(value.to_string(), value.as_str());
                        prop_assert_eq!($type::parse(value.as_str()), Ok(value));
                    }
                }
            }

            #[test]
            fn counts_code_points() {
                for letter in ["a", "\u{1f600}", "\u{ac00}"] {
                    let longest = letter.repeat($max);
                    assert_eq!($type::parse(&longest).expect("fits").as_str(), longest);
                    assert_eq!(code($type::parse(&letter.repeat($max + 1))), "too_long");
                }
                // One code point in NFC, three as it is typed.
                let typed = "\u{1112}\u{1161}\u{11ab}".repeat($max);
                assert_eq!(
                    $type::parse(&typed).expect("fits").as_str(),
                    "\u{d55c}".repeat($max)
                );
                assert_eq!(code($type::parse(&"a".repeat(1_000_000))), "too_long");
                let blank = $type::parse(" \u{a0} ");
                if $min == 0 {
                    assert_eq!(blank.expect("may be empty").as_str(), "");
                } else {
                    assert_eq!(code(blank), "required");
                }
            }

            #[test]
            fn refuses_control_characters_anywhere() {
                for control in ["\0", "\u{7}", "\u{b}", "\r", "\u{1b}", "\u{7f}", "\u{85}", "\u{9f}"] {
                    for raw in [format!("{control}ab"), format!("a{control}b"), format!("ab{control}")] {
                        assert_eq!(code($type::parse(&raw)), "control_character", "{raw:?}");
                    }
                }
                for allowed_if_long in ["a\nb", "a\tb"] {
                    assert_eq!($type::parse(allowed_if_long).is_ok(), $long);
                }
            }
        }
    )+ };
}

texts! {
    person_names: PersonName, 0..=255, false;
    bios: Bio, 0..=1000, true;
    other_ids: OtherId, 1..=255, false;
    preferred_names: PreferredName, 1..=255, false;
    legal_names: LegalName, 1..=255, false;
    job_titles: JobTitle, 1..=255, false;
    viewing_preferences: ViewingPreference, 1..=50, false;
    themes: Theme, 1..=50, false;
    device_names: DeviceName, 1..=100, false;
    address_lines: AddressLine, 1..=255, false;
    postal_codes: PostalCode, 1..=20, false;
    subjects: Subject, 1..=200, false;
    inquiry_messages: InquiryMessage, 1..=10000, true;
    key_names: KeyName, 1..=100, false;
}

#[test]
fn a_text_may_have_a_lower_limit() {
    assert_eq!(code(text("ab", 3, 9, LongText::No)), "too_short");
    assert_eq!(code(text(" ", 3, 9, LongText::No)), "required");
    assert_eq!(text("abc", 3, 9, LongText::No).as_deref(), Ok("abc"));
}

#[test]
fn long_texts_have_unix_line_ends() {
    let bio = Bio::parse("\r\n one\r\n\ttwo \r\n").expect("a bio");
    assert_eq!(bio.as_str(), "one\n\ttwo");
}

#[test]
fn device_tokens_are_taken_as_they_are() {
    for raw in ["fcm:APA91b", " e\u{301} ", &"\u{1f600}".repeat(4096)] {
        assert_eq!(DeviceToken::parse(raw).expect("a token").as_str(), raw);
    }
    assert_eq!(code(DeviceToken::parse("")), "required");
    assert_eq!(code(DeviceToken::parse(&"a".repeat(4097))), "too_long");
    assert_eq!(code(DeviceToken::parse("a\nb")), "control_character");
}
