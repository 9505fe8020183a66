//! UUIDv7 ids (RFC 9562 section 5.7).

use std::fmt;
use std::sync::{Arc, Mutex};

use uuid::{ContextV7, Timestamp, Uuid};
use vestibule_domain::kernel::{Clock, IdGenerator};

/// The domain's `IdGenerator`: time from the clock, a 42-bit counter that
/// starts at a random value in each millisecond, and 32 random bits of the
/// system. Grows even when the clock goes back.
pub struct UuidV7Generator {
    clock: Arc<dyn Clock>,
    counter: Mutex<ContextV7>,
}

impl UuidV7Generator {
    /// Ids that begin with this clock's time.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            counter: Mutex::new(ContextV7::new()),
        }
    }
}

impl fmt::Debug for UuidV7Generator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UuidV7Generator").finish_non_exhaustive()
    }
}

impl IdGenerator for UuidV7Generator {
    fn next_uuid(&self) -> Uuid {
        let micros = u64::try_from(self.clock.now().as_micros()).unwrap_or(0);
        let nanos = u32::try_from(micros % 1_000_000 * 1000).unwrap_or(0);
        let timestamp = Timestamp::from_unix(&self.counter, micros / 1_000_000, nanos);
        #[expect(
            clippy::disallowed_methods,
            reason = "this is the adapter that supplies ids"
        )]
        Uuid::new_v7(timestamp)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, Ordering};
    use std::thread;

    use vestibule_domain::kernel;

    use super::*;

    struct Hand(AtomicI64);

    impl Clock for Hand {
        fn now(&self) -> kernel::Timestamp {
            kernel::Timestamp::from_micros(self.0.load(Ordering::SeqCst))
        }
    }

    const MILLIS: i64 = 1_700_000_000_123;

    #[test]
    fn ids_bear_the_clock_s_milliseconds() {
        let clock = Arc::new(Hand(AtomicI64::new(MILLIS * 1000 + 456)));
        let id = UuidV7Generator::new(clock).next_uuid();
        assert_eq!(id.get_version_num(), 7);
        let (seconds, nanos) = id.get_timestamp().expect("a time").to_unix();
        assert_eq!((seconds, nanos), (1_700_000_000, 123_000_000));
    }

    #[test]
    fn ids_grow_in_one_millisecond_and_when_the_clock_goes_back() {
        let clock = Arc::new(Hand(AtomicI64::new(MILLIS * 1000)));
        let ids = UuidV7Generator::new(Arc::<Hand>::clone(&clock));
        let mut last = Uuid::nil();
        for step in 0..30_000 {
            match step {
                10_000 => clock.0.store((MILLIS - 5000) * 1000, Ordering::SeqCst),
                20_000 => clock.0.store((MILLIS + 1) * 1000, Ordering::SeqCst),
                _ => {}
            }
            let next = ids.next_uuid();
            assert!(next > last, "{next} after {last}");
            last = next;
        }
    }

    #[test]
    fn each_thread_sees_ids_grow_and_none_twice() {
        let clock = Arc::new(Hand(AtomicI64::new(MILLIS * 1000)));
        let ids = UuidV7Generator::new(clock);
        let mut all: Vec<Uuid> = thread::scope(|scope| {
            let makers: Vec<_> = (0..4)
                .map(|_| {
                    scope.spawn(|| {
                        let made: Vec<_> = (0..5000).map(|_| ids.next_uuid()).collect();
                        assert!(made.is_sorted());
                        made
                    })
                })
                .collect();
            makers
                .into_iter()
                .flat_map(|maker| maker.join().expect("no panic"))
                .collect()
        });
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 20_000);
    }
}
