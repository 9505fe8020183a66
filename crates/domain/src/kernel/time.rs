//! Points in time, as UTC microseconds.

use std::fmt;
use std::time::Duration;

use super::Invalid;

/// 0000-01-01T00:00:00Z.
const EARLIEST: i64 = -62_167_219_200_000_000;
/// 9999-12-30T22:00:00Z, the last second of the time library.
const LATEST: i64 = 253_402_207_200_000_000;
const MICROS_PER_DAY: i64 = 24 * 60 * 60 * 1_000_000;
const EPOCH: jiff::civil::Date = jiff::civil::date(1970, 1, 1);

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

    /// Reads a time as RFC 3339 has it, with any offset (`invalid_time`). What
    /// is finer than a microsecond is dropped.
    ///
    /// ```
    /// use vestibule_domain::kernel::Timestamp;
    ///
    /// let time = Timestamp::parse("2026-01-02T13:00:00+01:00")?;
    /// assert_eq!(time.to_string(), "2026-01-02T12:00:00.000Z");
    /// assert!(Timestamp::parse("2026-01-02").is_err());
    /// # Ok::<_, vestibule_domain::kernel::Invalid>(())
    /// ```
    pub fn parse(raw: &str) -> Result<Self, Invalid> {
        let invalid = || Invalid::new("invalid_time", "Use a time such as 2026-01-31T12:00:00Z.");
        let bytes = raw.as_bytes();
        // The parser takes more spellings than RFC 3339 has.
        let shaped = bytes.get(4) == Some(&b'-') && matches!(bytes.get(10), Some(b'T' | b't'));
        if !shaped || raw.contains('[') {
            return Err(invalid());
        }
        let time: jiff::Timestamp = raw.parse().map_err(|_| invalid())?;
        Ok(Self::from_micros(time.as_microsecond()))
    }

    /// Microseconds since the epoch.
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// Whole seconds since the epoch, as JWT uses them.
    pub const fn as_seconds(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// The day in UTC that it lies in.
    pub fn day(self) -> Day {
        // The years 0 to 9999 have less than four million days.
        Day(i32::try_from(self.0.div_euclid(MICROS_PER_DAY)).unwrap_or(i32::MAX))
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

/// A day in UTC: days since 1970-01-01. Shown as `2026-01-02`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(pub i32);

impl Day {
    /// Reads a day as RFC 3339 has it (`invalid_date`).
    ///
    /// ```
    /// use vestibule_domain::kernel::Day;
    ///
    /// assert_eq!(Day::parse("1970-02-01").map(|day| day.0), Ok(31));
    /// assert!(Day::parse("1970-2-1").is_err());
    /// ```
    pub fn parse(raw: &str) -> Result<Self, Invalid> {
        let invalid = || Invalid::new("invalid_date", "Use a day such as 2026-01-31.");
        let date: jiff::civil::Date = raw.parse().map_err(|_| invalid())?;
        // The parser takes more spellings than RFC 3339 has.
        if date.to_string() != raw {
            return Err(invalid());
        }
        let days = EPOCH.until(date).map_err(|_| invalid())?.get_days();
        Ok(Self(days))
    }

    /// The day so many days before this one.
    #[must_use]
    pub const fn before(self, days: i32) -> Self {
        Self(self.0.saturating_sub(days))
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let span = jiff::Span::new().try_days(self.0).map_err(|_| fmt::Error)?;
        let date = EPOCH.checked_add(span).map_err(|_| fmt::Error)?;
        write!(f, "{date}")
    }
}

impl serde::Serialize for Day {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl fmt::Debug for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
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
