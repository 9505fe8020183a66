//! Codes of other bodies: time zones, currencies, countries, languages.

use proptest::prelude::*;
use proptest::sample::select;
use vestibule_domain::preferences::{Country, CurrencyCode, LanguageTag, TimeZone};

use crate::code;

pub(crate) fn alphabet(length: u32) -> impl Iterator<Item = String> {
    (0..26_u32.pow(length)).map(move |number| {
        (0..length)
            .rev()
            .map(|place| {
                let letter = number / 26_u32.pow(place) % 26;
                char::from(b'A' + u8::try_from(letter).expect("below 26"))
            })
            .collect()
    })
}

proptest! {
    #[test]
    fn every_listed_time_zone_reads_back(zone in select(TimeZone::all())) {
        prop_assert_eq!(TimeZone::parse(zone.as_str()), Ok(zone));
        prop_assert_eq!(zone.to_string(), zone.as_str());
        prop_assert_eq!(code(TimeZone::parse(&format!("{zone}x"))), "invalid_choice");
    }

    #[test]
    fn language_tags_read_back(raw in "[a-zA-Z]{2,3}(-[a-zA-Z]{4})?(-[a-zA-Z]{2})?(-[0-9][a-z0-9]{3}){0,2}(-[a-wyz]-[a-z]{2,5}){0,2}") {
        if let Ok(tag) = LanguageTag::parse(&raw) {
            prop_assert!(tag.as_str().eq_ignore_ascii_case(&raw));
            prop_assert!(tag.as_str().starts_with(tag.primary()));
            prop_assert!(tag.primary().bytes().all(|b| b.is_ascii_lowercase()));
            prop_assert_eq!(LanguageTag::parse(tag.as_str()), Ok(tag.clone()));
            prop_assert_eq!(LanguageTag::parse(&raw.to_uppercase()), Ok(tag));
        }
    }

    #[test]
    fn nonsense_is_refused(raw in "\\PC{0,12}") {
        prop_assume!(raw.trim().len() != 2 && raw.trim().len() != 3);
        prop_assert_eq!(code(Country::parse(&raw)), "invalid_choice");
        prop_assert_eq!(code(CurrencyCode::parse(&raw)), "invalid_choice");
    }
}

#[test]
fn time_zones_of_the_iana_database() {
    assert_eq!(TimeZone::UTC.as_str(), "UTC");
    let all = TimeZone::all();
    assert!(all.len() > 500, "{}", all.len());
    assert!(
        all.is_sorted_by(|a, b| a.as_str() < b.as_str()),
        "sorted, no repeats"
    );
    for zone in [
        "UTC",
        "America/New_York",
        "America/Chicago",
        "Europe/Kyiv",
        "Asia/Kolkata",
        "US/Pacific",
        "Etc/GMT+5",
    ] {
        assert_eq!(
            TimeZone::parse(&format!(" {zone}"))
                .expect("a zone")
                .as_str(),
            zone
        );
        assert!(all.iter().any(|listed| listed.as_str() == zone));
    }
    for bad in [
        "",
        "utc",
        "america/new_york",
        "America/New York",
        "Mars/Olympus",
        "Factory",
        "posixrules",
        "localtime",
        "+02:00",
        "UTC\n",
        "posix/UTC",
    ] {
        assert_eq!(code(TimeZone::parse(bad)), "invalid_choice", "{bad:?}");
    }
}

#[test]
fn currencies_of_iso_4217() {
    let codes: Vec<_> = alphabet(3)
        .filter(|code| CurrencyCode::parse(code).is_ok())
        .collect();
    for code in &codes {
        assert_eq!(CurrencyCode::parse(code).expect("a code").as_str(), code);
    }
    // ISO 4217 list one has some 180 codes; it changes by a few a year.
    assert!((170..190).contains(&codes.len()), "{codes:?}");
    for active in [
        "USD", "EUR", "GBP", "JPY", "CHF", "VES", "VED", "XCG", "SLE", "ZWG",
    ] {
        assert!(codes.iter().any(|code| code == active), "{active}");
    }
    for bad in [
        "DEM", "FRF", "HRK", "ANG", "SLL", "ZWL", "CUC", "VEF", "usd", "US", "USDT", "$", "840",
        "USD\n", "",
    ] {
        assert_eq!(code(CurrencyCode::parse(bad)), "invalid_choice", "{bad:?}");
    }
    assert_eq!(CurrencyCode::parse(" USD "), Ok(CurrencyCode::USD));
}

#[test]
fn countries_of_iso_3166() {
    let codes: Vec<_> = alphabet(2)
        .filter(|code| Country::parse(code).is_ok())
        .collect();
    for code in &codes {
        assert_eq!(Country::parse(code).expect("a code").as_str(), code);
    }
    assert_eq!(codes.len(), 249, "officially assigned codes: {codes:?}");
    for assigned in ["US", "DE", "SS", "BQ", "CW", "SX", "AX", "TW", "PS"] {
        assert!(codes.iter().any(|code| code == assigned), "{assigned}");
    }
    for bad in [
        "us", "USA", "UK", "EU", "XK", "AN", "SU", "ZZ", "", "840", "U", "US\n",
    ] {
        assert_eq!(code(Country::parse(bad)), "invalid_choice", "{bad:?}");
    }
    assert_eq!(Country::parse(" US ").expect("trimmed").as_str(), "US");
}

#[test]
fn languages_of_bcp_47() {
    for (raw, read) in [
        ("en", "en"),
        (" EN ", "en"),
        ("pt-br", "pt-BR"),
        ("ZH-hant-TW", "zh-Hant-TW"),
        ("es-419", "es-419"),
        ("gsw", "gsw"),
        ("de-CH-1996", "de-CH-1996"),
        ("en-us-u-ca-gregory", "en-US-u-ca-gregory"),
        ("en-x-private", "en-x-private"),
    ] {
        assert_eq!(LanguageTag::parse(raw).expect("a tag").as_str(), read);
    }
    assert_eq!(LanguageTag::english().as_str(), "en");
    assert_eq!(LanguageTag::parse("pt-BR").expect("a tag").primary(), "pt");
    for bad in [
        "",
        "e",
        "xx",
        "qqq",
        "en_US",
        "en-",
        "-en",
        "en--US",
        "english",
        "en-US-US",
        "x-private",
        "i-klingon",
        "en\n",
        "en-abcdefghi",
        // Has the two-letter code en.
        "eng",
        // Repeats a variant, a singleton.
        "de-1996-1996",
        "en-a-bbb-a-ccc",
        // Longer than 35 characters.
        "en-x-abcdefgh-abcdefgh-abcdefgh-abcdefgh",
    ] {
        assert_eq!(code(LanguageTag::parse(bad)), "invalid_choice", "{bad:?}");
    }
}

#[test]
fn a_two_letter_language_is_one_of_the_list() {
    for (code, _) in LanguageTag::two_letter() {
        let read = LanguageTag::parse_two_letter(code.as_str());
        assert_eq!(read.expect("of the list"), code);
    }
    for other in ["sh", "haw", "en-US", "xx", ""] {
        let refused = LanguageTag::parse_two_letter(other).expect_err(other);
        assert_eq!(refused.code, "invalid_choice", "{other}");
    }
}
