//! How often a bucket admits.

use std::time::Duration;

use proptest::prelude::*;
use vestibule_domain::kernel::{Digest, Timestamp};
use vestibule_domain::throttling::{Bucket, BucketChange, Limit, Limits, Throttle, decide};

const HOUR: Duration = Duration::from_hours(1);
const SECOND: Duration = Duration::from_secs(1);

fn start() -> Timestamp {
    Timestamp::from_micros(1_767_323_045_000_000)
}

/// Tries at once, and answers how long the next has to wait.
fn try_often(limit: &Limit, times: u32) -> (u32, Duration) {
    let (mut bucket, mut admitted) = (None, 0);
    let mut wait = Duration::ZERO;
    for _ in 0..times {
        match limit.admit(bucket.as_ref(), start()) {
            Ok(next) => {
                bucket = Some(next);
                admitted += 1;
            }
            Err(throttled) => wait = throttled.retry_after,
        }
    }
    (admitted, wait)
}

#[test]
fn no_wait_is_longer_than_the_limit_says() {
    let limits = Limits::default();
    let ahead = start().after(SECOND / 10);
    for (limit, times, longest) in [
        (limits.passwords, 20, 15 * 60 * SECOND),
        (limits.mails, 3, HOUR),
    ] {
        let (mut bucket, mut at) = (None, ahead);
        for _ in 0..times {
            bucket = Some(match limit.admit(bucket.as_ref(), at) {
                Ok(next) => next,
                Err(refused) => {
                    at = at.after(refused.retry_after);
                    limit.admit(bucket.as_ref(), at).expect("admitted")
                }
            });
        }
        let behind = at.before(SECOND / 10);
        let refused = limit.admit(bucket.as_ref(), behind).expect_err("full");
        assert_eq!(refused.retry_after, longest);
    }
}

#[test]
fn the_limits_are_those_of_the_contract() {
    let limits = Limits::default();
    assert_eq!(try_often(&limits.passwords, 100), (5, SECOND));
    assert_eq!(try_often(&limits.logins, 100), (30, 60 * SECOND));
    assert_eq!(try_often(&limits.mails, 100), (3, HOUR));
    let mut bucket = None;
    let mut now = start();
    let mut waits = Vec::new();
    for _ in 0..20 {
        loop {
            match limits.passwords.admit(bucket.as_ref(), now) {
                Ok(next) => {
                    bucket = Some(next);
                    break;
                }
                Err(throttled) => {
                    waits.push(throttled.retry_after.as_secs());
                    now = now.after(throttled.retry_after);
                }
            }
        }
    }
    let expected = [
        1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900, 900, 900,
    ];
    assert_eq!(waits, expected);
}

#[test]
fn a_limit_that_was_lowered_counts_at_once() {
    let limit = |most| Limit::Window { most, per: HOUR };
    let mut bucket = None;
    let mut now = start();
    for _ in 0..10 {
        bucket = Some(limit(10).admit(bucket.as_ref(), now).expect("admitted"));
        now = now.after(60 * SECOND);
    }
    // Two are admitted again when only one of the ten is within the hour.
    let refused = limit(2).admit(bucket.as_ref(), now).expect_err("full");
    assert_eq!(refused.retry_after, HOUR.saturating_sub(2 * 60 * SECOND));
    let free = now.after(refused.retry_after);
    assert!(limit(2).admit(bucket.as_ref(), free).is_ok());
}

#[test]
fn a_clock_that_is_behind_admits_no_more() {
    let limit = Limits::default().passwords;
    let mut bucket = None;
    for _ in 0..5 {
        bucket = Some(limit.admit(bucket.as_ref(), start()).expect("admitted"));
    }
    let behind = start().before(SECOND);
    let refused = limit.admit(bucket.as_ref(), behind).expect_err("locked");
    assert_eq!(refused.retry_after, 2 * SECOND);
    let window = Limits::default().mails;
    let full = Bucket {
        attempts: 3,
        times: vec![start(); 3],
        expires_at: start().after(HOUR),
    };
    assert!(window.admit(Some(&full), behind).is_err());
}

#[test]
fn a_write_is_admitted_by_all_or_counts_nowhere() {
    let [a, b, c] = [1, 2, 3].map(|byte| Digest([byte; 32]));
    let count = |key, most| Throttle::Count {
        key,
        limit: Limit::Window { most, per: HOUR },
    };
    let full = Bucket {
        attempts: 1,
        times: vec![start()],
        expires_at: start().after(HOUR),
    };
    let stored = |key| (key == b).then_some(&full);
    let refused = decide(&[count(a, 1), count(b, 1)], start(), stored);
    assert_eq!(refused.expect_err("b is full").retry_after, HOUR);
    let clear = Throttle::Clear { key: c };
    let changes = decide(&[count(a, 1), count(b, 2), clear], start(), stored);
    let changes = changes.expect("admitted").changes;
    let keys: Vec<_> = changes.iter().map(|change| change.key).collect();
    assert_eq!(keys, [a, b, c]);
    let counted = |change: &BucketChange| change.bucket.as_ref().map(|bucket| bucket.attempts);
    assert_eq!(
        changes.iter().map(counted).collect::<Vec<_>>(),
        [Some(1), Some(2), None]
    );
}

proptest! {
    /// Whenever tries come, no period of the length has more than so many.
    #[test]
    fn no_period_has_more_than_its_limit(
        gaps in proptest::collection::vec(0_u64..3000, 1..200),
        most in 1_u32..6,
    ) {
        let per = Duration::from_secs(5);
        let limit = Limit::Window { most, per };
        let (mut bucket, mut now, mut admitted) = (None, start(), Vec::new());
        for gap in gaps {
            now = now.after(Duration::from_millis(gap));
            match limit.admit(bucket.as_ref(), now) {
                Ok(next) => {
                    prop_assert!(next.times.len() <= most as usize);
                    bucket = Some(next);
                    admitted.push(now);
                }
                Err(throttled) => {
                    prop_assert!(throttled.retry_after <= per);
                    // It is admitted when it says so, and not before.
                    let opens = now.after(throttled.retry_after);
                    prop_assert!(limit.admit(bucket.as_ref(), opens).is_ok());
                    let early = opens.before(Duration::from_micros(1));
                    prop_assert!(limit.admit(bucket.as_ref(), early).is_err());
                }
            }
        }
        for window in admitted.windows(most as usize + 1) {
            prop_assert!(window[most as usize].since(window[0]) >= per);
        }
    }
}

#[test]
fn a_bucket_that_is_only_asked_stays_as_it_is() {
    let limit = Limit::daily(1);
    let key = Digest([1; 32]);
    let ask = [Throttle::Ask { key, limit }];
    let nothing = decide(&ask, start(), |_| None).expect("admitted");
    assert!(nothing.changes.is_empty());
    let full = limit.admit(None, start()).expect("admitted");
    let at = start().after(Duration::from_millis(1500));
    let refused = decide(&ask, at, |_| Some(&full)).expect_err("refused");
    assert_eq!(refused.seconds(), 24 * 60 * 60 - 1);
    assert!(decide(&ask, start().after(24 * HOUR), |_| Some(&full)).is_ok());
}
