//! The lists to choose from: what they hold is what the preferences accept.

use std::collections::HashSet;

use vestibule_domain::local_info::{Choice, LocalInfo};
use vestibule_domain::preferences::{CurrencyCode, LanguageTag, TimeZone};

use crate::locale::alphabet;

fn keys(choices: &[Choice]) -> Vec<&str> {
    choices.iter().map(|choice| choice.key.as_str()).collect()
}

fn name<'a>(choices: &'a [Choice], key: &str) -> &'a str {
    let found = choices.iter().find(|choice| choice.key == key);
    &found.expect(key).name
}

#[test]
fn every_list_is_sorted_by_key_without_repeats_and_names_everything() {
    let info = LocalInfo::all();
    for choices in [&info.languages, &info.currencies, &info.timezones] {
        assert!(
            choices.is_sorted_by(|a, b| a.key < b.key),
            "sorted, no repeats"
        );
        let unnamed = choices.iter().find(|choice| choice.name.trim().is_empty());
        assert_eq!(unnamed, None);
    }
}

#[test]
fn languages_are_those_of_iso_639_1() {
    let languages = LocalInfo::all().languages;
    assert_eq!(languages.len(), 183, "ISO 639-1 has so many");
    let pairs: Vec<String> = alphabet(2).map(|code| code.to_lowercase()).collect();
    let accepted: Vec<&str> = pairs
        .iter()
        .map(String::as_str)
        .filter(|code| LanguageTag::parse(code).is_ok_and(|tag| tag.as_str() == *code))
        .filter(|code| *code != "sh")
        .collect();
    assert_eq!(keys(&languages), accepted);
    assert_eq!(name(&languages, "de"), "German");
    assert_eq!(name(&languages, "en"), "English");
}

#[test]
fn currencies_are_those_that_the_preference_accepts() {
    let currencies = LocalInfo::all().currencies;
    let codes: Vec<String> = alphabet(3).collect();
    let accepted: Vec<&str> = codes
        .iter()
        .map(String::as_str)
        .filter(|code| CurrencyCode::parse(code).is_ok())
        .collect();
    assert_eq!(keys(&currencies), accepted);
    assert!(currencies.len() > 150, "{}", currencies.len());
    assert_eq!(name(&currencies, "USD"), "United States dollar");
    assert!(!keys(&currencies).contains(&"DEM"), "not active");
}

#[test]
fn timezones_are_those_that_the_preference_accepts() {
    let timezones = LocalInfo::all().timezones;
    let zones = TimeZone::all();
    let zones: Vec<&str> = zones.iter().map(TimeZone::as_str).collect();
    assert_eq!(keys(&timezones), zones);
    assert_eq!(
        name(&timezones, "America/Argentina/Buenos_Aires"),
        "America/Argentina/Buenos Aires"
    );
    let names: HashSet<_> = timezones.iter().map(|choice| &choice.name).collect();
    assert_eq!(names.len(), timezones.len(), "no two look alike");
}
