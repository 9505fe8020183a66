//! Points in time, pages and field changes.

use std::time::Duration;

use proptest::prelude::*;
use vestibule_domain::kernel::{
    Day, FieldError, FieldErrors, Invalid, PageRequest, PageSize, Patch, Timestamp, kinds,
};

use crate::code;

const FIRST: i64 = -62_167_219_200_000_000;
const LAST: i64 = 253_402_207_200_000_000;

proptest! {
    #[test]
    fn shown_in_rfc_3339_with_three_digits(micros in FIRST..=LAST) {
        let shown = Timestamp::from_micros(micros).to_string();
        prop_assert_eq!(shown.len(), "2026-01-02T03:04:05.678Z".len());
        prop_assert!(shown.ends_with('Z'));
        let read: jiff::Timestamp = shown.parse().expect("RFC 3339");
        prop_assert_eq!(read.as_microsecond(), micros - micros.rem_euclid(1000), "cut, not rounded");
    }

    #[test]
    fn order_as_text_is_order_in_time(a in FIRST..=LAST, b in FIRST..=LAST) {
        let (a, b) = (a - a.rem_euclid(1000), b - b.rem_euclid(1000));
        let shown = |micros| Timestamp::from_micros(micros).to_string();
        prop_assert_eq!(shown(a).cmp(&shown(b)), a.cmp(&b));
    }

    #[test]
    fn arithmetic_never_overflows(micros: i64, nanos: u64) {
        let at = Timestamp::from_micros(micros);
        let duration = Duration::from_nanos(nanos);
        prop_assert!(at.after(duration) >= at);
        prop_assert!(at.before(duration) <= at);
        prop_assert_eq!(at.after(duration).to_string().len(), 24);
        prop_assert_eq!(at.before(duration).to_string().len(), 24);
        prop_assert!(at.after(duration).since(at) <= duration);
        prop_assert_eq!(at.since(at.after(duration)), Duration::ZERO);
    }

    #[test]
    fn offsets_count_whole_pages(number in 1_u32.., rows in 1_i64..=200) {
        let size = PageSize::new(rows).expect("a size");
        let page = PageRequest::<kinds::User>::number(number, size);
        let skipped = u64::from(number - 1) * u64::try_from(rows).expect("positive");
        prop_assert_eq!(page.offset(), skipped);
        prop_assert_eq!(i64::from(size.get()), rows);
    }

    #[test]
    fn other_page_sizes_are_refused(rows: i64) {
        prop_assume!(!(1..=200).contains(&rows));
        prop_assert_eq!(code(PageSize::new(rows)), "out_of_range");
    }
}

#[test]
fn known_times() {
    let at = Timestamp::from_micros(1_767_323_045_678_999);
    assert_eq!(at.to_string(), "2026-01-02T03:04:05.678Z");
    assert_eq!(format!("{at:?}"), at.to_string());
    assert_eq!(
        serde_json::to_value(at).expect("JSON"),
        "2026-01-02T03:04:05.678Z"
    );
    assert_eq!(at.as_seconds(), 1_767_323_045);
    assert_eq!(
        Timestamp::from_micros(0).to_string(),
        "1970-01-01T00:00:00.000Z"
    );
    assert_eq!(
        Timestamp::from_micros(i64::MAX).to_string(),
        "9999-12-30T22:00:00.000Z"
    );
    assert_eq!(
        Timestamp::from_micros(i64::MIN).to_string(),
        "0000-01-01T00:00:00.000Z"
    );
    assert_eq!(Timestamp::from_micros(-1).as_seconds(), -1);
    assert_eq!(
        at.after(Duration::from_secs(1)).since(at),
        Duration::from_secs(1)
    );
    assert_eq!(
        at.after(Duration::from_secs(1))
            .before(Duration::from_secs(1)),
        at
    );
}

#[test]
fn a_page_of_number_zero_starts_like_the_first() {
    let size = PageSize::new(25).expect("a size");
    assert_eq!(PageRequest::<kinds::User>::number(0, size).offset(), 0);
}

#[test]
fn patches_keep_clear_or_set() {
    for (patch, before, after) in [
        (Patch::Keep, Some(1), Some(1)),
        (Patch::Keep, None, None),
        (Patch::Clear, Some(1), None),
        (Patch::Clear, None, None),
        (Patch::Set(2), Some(1), Some(2)),
        (Patch::Set(2), None, Some(2)),
    ] {
        assert_eq!(patch.is_keep(), patch.as_change().is_none());
        let mut target = before;
        if let Some(change) = patch.as_change() {
            target = change.copied();
        }
        assert_eq!(target, after, "as a change");
        let mut target = before;
        patch.apply(&mut target);
        assert_eq!(target, after, "applied");
    }
}

#[test]
fn field_errors_keep_every_field_in_order() {
    assert_eq!(FieldErrors::check(Vec::new()), Ok(()));
    let at = |field: &str| Invalid::new("required", "This field may not be blank.").at(field);
    let errors = FieldErrors::check(vec![at("b"), at("a")]).expect_err("two errors");
    let fields: Vec<_> = errors.as_slice().iter().map(|e| e.field.as_str()).collect();
    assert_eq!(fields, ["b", "a"]);
    assert_eq!(
        errors.to_string(),
        "b: This field may not be blank.; a: This field may not be blank."
    );
    let one: FieldError = at("x");
    assert_eq!(FieldErrors::from(one.clone()).into_vec(), [one]);
}

#[test]
fn days_are_shown_and_read_as_dates() {
    for (day, text) in [
        (0, "1970-01-01"),
        (-1, "1969-12-31"),
        (20_454, "2026-01-01"),
        (2_932_896, "9999-12-31"),
    ] {
        assert_eq!(Day(day).to_string(), text);
        assert_eq!(Day::parse(text), Ok(Day(day)));
    }
    for bad in [
        "",
        "2026-1-1",
        "2026-02-30",
        "20260101",
        "2026-01-01T00:00:00Z",
        "yesterday",
    ] {
        assert_eq!(
            Day::parse(bad).map_err(|invalid| invalid.code),
            Err("invalid_date"),
            "{bad}"
        );
    }
    assert_eq!(Timestamp::from_micros(-1).day(), Day(-1));
    assert_eq!(Timestamp::from_micros(86_400_000_000).day(), Day(1));
}

#[test]
fn times_are_read_as_rfc_3339_has_them() {
    for (text, shown) in [
        ("2026-01-02T03:04:05Z", "2026-01-02T03:04:05.000Z"),
        ("2026-01-02t03:04:05.6789z", "2026-01-02T03:04:05.678Z"),
        ("2026-01-02T03:04:05-05:30", "2026-01-02T08:34:05.000Z"),
    ] {
        let time = Timestamp::parse(text).expect("a time");
        assert_eq!(time.to_string(), shown);
    }
    for bad in [
        "",
        "2026-01-02",
        "2026-01-02T03:04:05",
        "2026-01-02 03:04:05Z",
        "2026-01-02T25:00:00Z",
        "2026-01-02T03:04:05+01:00[Europe/Paris]",
        "1767323045",
    ] {
        assert_eq!(
            Timestamp::parse(bad).map_err(|invalid| invalid.code),
            Err("invalid_time"),
            "{bad}"
        );
    }
}
