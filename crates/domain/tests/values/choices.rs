//! Enums with one name a value.

use proptest::prelude::*;
use vestibule_domain::activity::Event;
use vestibule_domain::api_keys::Scope;
use vestibule_domain::credentials::TokenKind;
use vestibule_domain::devices::Platform;
use vestibule_domain::eligibility::Rule;
use vestibule_domain::inquiries::InquiryStatus;
use vestibule_domain::preferences::{DateFormat, MeasurementSystem, NotificationChannel};
use vestibule_domain::users::{CustomerStatus, Visibility};

use crate::code;

macro_rules! choices {
    ($($name:ident: $type:ident, [$($text:literal),+];)+) => { $(
        mod $name {
            use super::*;

            #[test]
            fn has_the_names_of_the_contract() {
                let names: Vec<_> = $type::ALL.iter().map(|value| value.as_str()).collect();
                assert_eq!(names, [$($text),+]);
                for value in $type::ALL {
                    assert_eq!($type::parse(value.as_str()), Ok(*value));
                    assert_eq!($type::parse(&format!(" {value} ")), Ok(*value));
                    assert_eq!(code($type::parse(&value.as_str().to_uppercase())), "invalid_choice");
                    assert_eq!(code($type::parse(&format!("{value}\n"))), "invalid_choice");
                }
            }

            #[test]
            fn a_refusal_lists_them_all() {
                let refused = $type::parse("").expect_err("no name");
                assert_eq!(refused.code, "invalid_choice");
                assert_eq!(refused.message, format!("Use one of: {}.", [$($text),+].join(", ")));
            }

            proptest! {
                #[test]
                fn nothing_else_is_a_name(raw in "[a-zA-Z:_]{0,12}") {
                    prop_assert_eq!($type::parse(&raw).is_ok(), [$($text),+].contains(&raw.as_str()));
                }
            }
        }
    )+ };
}

choices! {
    visibilities: Visibility, ["public", "private"];
    customer_statuses: CustomerStatus, ["free", "subscriber", "subscriber:monthly", "subscriber:annual"];
    measurement_systems: MeasurementSystem, ["imperial", "metric"];
    date_formats: DateFormat, ["mdy", "dmy", "ymd"];
    notification_channels: NotificationChannel, ["email", "push", "in_app"];
    platforms: Platform, ["ios", "web", "android"];
    inquiry_statuses: InquiryStatus, ["open", "answered", "closed"];
    token_kinds: TokenKind, ["verify_email", "reset_password"];
    scopes: Scope, ["admin", "users:read", "users:write", "introspect", "app"];
    rules: Rule, ["account_suspended", "email_not_verified", "no_primary_address", "no_subscription"];
}

#[test]
fn every_event_has_a_name_of_its_own() {
    let mut names: Vec<_> = Event::ALL.iter().map(|event| event.as_str()).collect();
    assert!(names.iter().all(|name| name.contains('.')));
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), Event::ALL.len());
}
