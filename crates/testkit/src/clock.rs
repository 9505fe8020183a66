//! A clock that stands still until a test moves it.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use vestibule_domain::kernel::{Clock, Timestamp};

/// 2026-01-02T03:04:05.678901Z: no part of it is zero, so that a store that
/// cuts fractions or shifts zones is found out.
pub const START_MICROS: i64 = 1_767_323_045_678_901;

/// A clock that stands still until [`FixedClock::advance`] moves it.
#[derive(Debug)]
pub struct FixedClock(AtomicI64);

impl Default for FixedClock {
    /// Stands at [`START_MICROS`].
    fn default() -> Self {
        Self::at(Timestamp::from_micros(START_MICROS))
    }
}

impl FixedClock {
    /// A clock that stands at `now`.
    pub const fn at(now: Timestamp) -> Self {
        Self(AtomicI64::new(now.as_micros()))
    }

    /// Moves the clock forward.
    pub fn advance(&self, by: Duration) {
        let micros = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
        self.0.fetch_add(micros, Ordering::SeqCst);
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::SeqCst))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stands_still_until_it_is_moved() {
        let clock = FixedClock::default();
        assert_eq!(clock.now().to_string(), "2026-01-02T03:04:05.678Z");
        assert_eq!(clock.now(), clock.now());
        let before = clock.now();
        clock.advance(Duration::from_millis(1500));
        assert_eq!(clock.now().since(before), Duration::from_millis(1500));
    }
}
