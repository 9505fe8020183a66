//! Points in time, as UTC microseconds.

use std::fmt;
use std::time::Duration;

/// 0000-01-01T00:00:00Z.
const EARLIEST: i64 = -62_167_219_200_000_000;
/// 9999-12-30T22:00:00Z, the last second of the time library.
const LATEST: i64 = 253_402_207_200_000_000;

/// A point in time: microseconds since 1970-01-01T00:00:00Z.
///
/// Shown as RFC 3339 in UTC with `Z` and three fraction digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// From microseconds since the epoch; clamped to the years 0 to 9999, which
    /// RFC 3339 can show.
    pub fn from_micros(micros: i64) -> Self {
        Self(micros.clamp(EARLIEST, LATEST))
    }

    /// Microseconds since the epoch.
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// Whole seconds since the epoch, as JWT uses them.
    pub const fn as_seconds(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// This time plus `duration`.
    #[must_use]
    pub fn after(self, duration: Duration) -> Self {
        let micros = i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
        Self::from_micros(self.0.saturating_add(micros))
    }

    /// This time minus `duration`.
    #[must_use]
    pub fn before(self, duration: Duration) -> Self {
        let micros = i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
        Self::from_micros(self.0.saturating_sub(micros))
    }

    /// Time passed since `earlier`; zero when `earlier` is later.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let timestamp = jiff::Timestamp::from_microsecond(self.0).map_err(|_| fmt::Error)?;
        write!(f, "{timestamp:.3}")
    }
}

impl serde::Serialize for Timestamp {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Tells the time. Port.
///
/// ```
/// use std::time::Duration;
/// use vestibule_domain::kernel::{Clock, Timestamp};
///
/// /// Stands still.
/// struct Noon;
///
/// impl Clock for Noon {
///     fn now(&self) -> Timestamp {
///         Timestamp::from_micros(1_767_355_200_000_000)
///     }
/// }
///
/// assert_eq!(Noon.now().to_string(), "2026-01-02T12:00:00.000Z");
/// let later = Noon.now().after(Duration::from_mins(5));
/// assert_eq!(later.since(Noon.now()), Duration::from_mins(5));
/// ```
#[cfg_attr(feature = "mocks", mockall::automock)]
pub trait Clock: Send + Sync {
    /// The time now.
    fn now(&self) -> Timestamp;
}
