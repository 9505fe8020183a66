//! How long caches may be trusted that other processes change the rows of.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How long after its last confirmation a cache is still read. What another
/// instance has answered is therefore seen here after this time at the latest.
pub const LEASE: Duration = Duration::from_millis(100);

/// A permission to read caches that runs out unless it is confirmed.
#[derive(Debug)]
pub(super) struct Lease {
    origin: Instant,
    /// Microseconds after `origin` at which it runs out; 0 before the first
    /// confirmation.
    runs_out: AtomicU64,
}

impl Lease {
    pub(super) fn new() -> Self {
        Self {
            origin: Instant::now(),
            runs_out: AtomicU64::new(0),
        }
    }

    /// All changes of others up to `as_of` are known.
    pub(super) fn confirm(&self, as_of: Instant) {
        let runs_out = self.micros(as_of + LEASE);
        self.runs_out.fetch_max(runs_out, Ordering::AcqRel);
    }

    pub(super) fn holds(&self) -> bool {
        self.micros(Instant::now()) < self.runs_out.load(Ordering::Acquire)
    }

    fn micros(&self, at: Instant) -> u64 {
        u64::try_from(at.saturating_duration_since(self.origin).as_micros()).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_holds_for_its_time_after_a_confirmation() {
        let lease = Lease::new();
        assert!(!lease.holds(), "nothing has been confirmed");
        let now = Instant::now();
        lease.confirm(now + Duration::from_hours(1));
        assert!(lease.holds());
        lease.confirm(now);
        assert!(lease.holds(), "an older confirmation shortens nothing");
        let old = Lease::new();
        if let Some(past) = Instant::now().checked_sub(LEASE) {
            old.confirm(past);
            assert!(!old.holds(), "that was too long ago");
        }
    }
}
