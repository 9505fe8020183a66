//! The system's clock.

use std::time::{SystemTime, UNIX_EPOCH};

use vestibule_domain::kernel::{Clock, Timestamp};

/// The domain's `Clock` on the system's wall clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        #[expect(
            clippy::disallowed_methods,
            reason = "this is the adapter that supplies the time"
        )]
        let now = SystemTime::now();
        // A clock before 1970 is not set; the epoch is as good a guess as any.
        let since_epoch = now.duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_micros(0).after(since_epoch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_the_system_s_time() {
        #[expect(clippy::disallowed_methods, reason = "what the clock is compared with")]
        let system = || {
            let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH);
            i64::try_from(since_epoch.expect("set").as_micros()).expect("in range")
        };
        let before = system();
        let now = SystemClock.now().as_micros();
        assert!((before..=system()).contains(&now));
    }
}
