//! Preferences: limits, defaults of a new account, changes.

use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use vestibule_domain::kernel::Patch;
use vestibule_domain::preferences::{
    Country, CurrencyCode, DateFormat, ItemsPerPage, JobTitle, LanguageTag, LegalName,
    MaxMessageLength, MeasurementSystem, NotificationChannel, NotificationChannels,
    PreferenceChanges, Preferences, PreferredName, Theme, TimeZone, ViewingPreference,
};

use crate::code;

macro_rules! bounded {
    ($($name:ident: $type:ident, $min:literal..=$max:literal;)+) => { $(
        #[test]
        fn $name() {
            for good in [$min, $min + 1, $max - 1, $max] {
                assert_eq!(i64::from($type::parse(good).expect("within").get()), good);
            }
            for bad in [$min - 1, $max + 1, 0 - $max, i64::MIN, i64::MAX, 65_536 + $min] {
                let refused = $type::parse(bad).expect_err("out of range");
                assert_eq!(refused.code, "out_of_range");
                assert_eq!(
                    refused.message,
                    concat!("Use a whole number from ", $min, " to ", $max, ".")
                );
            }
        }
    )+ };
}

bounded! {
    items_per_page_5_to_200: ItemsPerPage, 5..=200;
    max_message_length_1_to_10000: MaxMessageLength, 1..=10000;
}

fn texts() -> impl Strategy<Value = String> {
    "[a-zA-Z]{1,20}"
}

fn maybe<T: std::fmt::Debug + Clone>(
    value: impl Strategy<Value = T>,
) -> impl Strategy<Value = Option<T>> {
    prop::option::of(value)
}

fn channels() -> impl Strategy<Value = NotificationChannels> {
    subsequence(NotificationChannel::ALL.to_vec(), 0..=3)
        .prop_shuffle()
        .prop_map(|channels| NotificationChannels::new(channels).expect("no repeats"))
}

prop_compose! {
    /// Any preferences, every field of them other than the default now and then.
    fn any_preferences()(
        texts in (maybe(texts()), maybe(texts()), maybe(texts()), maybe(texts()), maybe(texts())),
        items in 5_i64..=200,
        enabled: bool,
        timezone in select(TimeZone::all()),
        system in select(MeasurementSystem::ALL),
        format in select(DateFormat::ALL),
        currency in select(vec!["USD", "EUR", "JPY"]),
        channels in channels(),
        length in 1_i64..=10000,
        country in maybe(select(vec!["US", "DE"])),
        language in select(vec!["en", "de", "pt-BR"]),
    ) -> Preferences {
        Preferences {
            preferred_name: texts.0.map(|text| PreferredName::parse(&text).expect("a text")),
            legal_name: texts.1.map(|text| LegalName::parse(&text).expect("a text")),
            job_title: texts.2.map(|text| JobTitle::parse(&text).expect("a text")),
            items_per_page: ItemsPerPage::parse(items).expect("within"),
            channel_notifications_enabled: enabled,
            timezone,
            measurement_system: system,
            date_format: format,
            currency_display: CurrencyCode::parse(currency).expect("a code"),
            preferred_notification_channels: channels,
            theme: texts.3.map(|text| Theme::parse(&text).expect("a text")),
            viewing_preference: texts.4.map(|text| ViewingPreference::parse(&text).expect("a text")),
            max_message_length: MaxMessageLength::parse(length).expect("within"),
            country: country.map(|code| Country::parse(code).expect("a code")),
            language: LanguageTag::parse(language).expect("a tag"),
        }
    }
}

fn patch<T>(value: Option<T>) -> Patch<T> {
    value.map_or(Patch::Clear, Patch::Set)
}

/// The change of each field alone, which makes it what it is in `wanted`, and
/// a look at that field.
#[expect(clippy::type_complexity, reason = "pairs of functions")]
fn fields() -> Vec<(
    fn(&Preferences) -> PreferenceChanges,
    fn(&Preferences) -> String,
)> {
    macro_rules! each {
        ($($field:ident = $wrap:path,)+) => {
            vec![$((
                |wanted| PreferenceChanges {
                    $field: $wrap(wanted.$field.clone()),
                    ..PreferenceChanges::default()
                },
                |preferences| format!("{:?}", preferences.$field),
            ),)+]
        };
    }
    each! {
        preferred_name = patch,
        legal_name = patch,
        job_title = patch,
        items_per_page = Some,
        channel_notifications_enabled = Some,
        timezone = Some,
        measurement_system = Some,
        date_format = Some,
        currency_display = Some,
        preferred_notification_channels = Some,
        theme = patch,
        viewing_preference = patch,
        max_message_length = Some,
        country = patch,
        language = Some,
    }
}

proptest! {
    #[test]
    fn a_change_sets_its_field_and_no_other(before in any_preferences(), wanted in any_preferences()) {
        for (changed, (change, _)) in fields().into_iter().enumerate() {
            let mut after = before.clone();
            change(&wanted).apply(&mut after);
            for (looked_at, (_, look)) in fields().into_iter().enumerate() {
                let expected = if looked_at == changed { &wanted } else { &before };
                prop_assert_eq!(look(&after), look(expected));
            }
        }
    }

    #[test]
    fn all_changes_together_make_it_the_other(before in any_preferences(), wanted in any_preferences()) {
        let mut after = before;
        for (change, _) in fields() {
            change(&wanted).apply(&mut after);
        }
        prop_assert_eq!(after, wanted);
    }

    #[test]
    fn no_change_changes_nothing(before in any_preferences()) {
        let mut after = before.clone();
        PreferenceChanges::default().apply(&mut after);
        prop_assert_eq!(after, before);
    }

    #[test]
    fn channels_keep_their_order_and_do_not_repeat(
        channels in prop::collection::vec(select(NotificationChannel::ALL), 0..6)
    ) {
        let mut distinct = channels.clone();
        distinct.sort_unstable();
        distinct.dedup();
        match NotificationChannels::new(channels.clone()) {
            Ok(kept) => prop_assert_eq!(kept.as_slice(), channels.as_slice()),
            Err(refused) => {
                prop_assert_eq!(refused.code, "duplicate");
                prop_assert!(distinct.len() < channels.len());
            }
        }
        prop_assert_eq!(distinct.len() == channels.len(), NotificationChannels::new(channels).is_ok());
    }
}

#[test]
fn a_new_account_has_the_defaults_of_the_contract() {
    let Preferences {
        preferred_name,
        legal_name,
        job_title,
        items_per_page,
        channel_notifications_enabled,
        timezone,
        measurement_system,
        date_format,
        currency_display,
        preferred_notification_channels,
        theme,
        viewing_preference,
        max_message_length,
        country,
        language,
    } = Preferences::default();
    assert_eq!((preferred_name, legal_name, job_title), (None, None, None));
    assert_eq!(items_per_page.get(), 25);
    assert!(channel_notifications_enabled);
    assert_eq!(timezone.as_str(), "UTC");
    assert_eq!(measurement_system.as_str(), "metric");
    assert_eq!(date_format.as_str(), "ymd");
    assert_eq!(currency_display.as_str(), "USD");
    assert_eq!(
        preferred_notification_channels.as_slice(),
        [NotificationChannel::Email]
    );
    assert_eq!((theme, viewing_preference, country), (None, None, None));
    assert_eq!(max_message_length.get(), 1000);
    assert_eq!(language.as_str(), "en");
}

#[test]
fn nullable_texts_are_not_blank() {
    assert_eq!(code(PreferredName::parse("")), "required");
    assert_eq!(code(ViewingPreference::parse(&"a".repeat(51))), "too_long");
}
