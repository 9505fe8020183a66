//! Settings of throttling.

use std::time::Duration;

use serde::Deserialize;
use vestibule_domain::throttling::{Limit, Limits};

use super::readers::between;

/// Throttling.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct RateLimits {
    /// Whether anything is throttled. `true`.
    pub(crate) enabled: bool,
    /// Wrong passwords on one account before it has to be waited, 1–1 000. `5`.
    #[serde(deserialize_with = "between::<_, 1, 1_000>")]
    pub(crate) passwords: u32,
    /// The first wait, which then doubles, 1–3 600 seconds. `1`.
    #[serde(deserialize_with = "between::<_, 1, 3_600>")]
    pub(crate) first_wait_seconds: u32,
    /// The longest wait, 1–1 440 minutes. `15`.
    #[serde(deserialize_with = "between::<_, 1, 1_440>")]
    pub(crate) longest_wait_minutes: u32,
    /// Wrong passwords are forgotten when none was tried for so long, 1–720
    /// hours. `24`.
    #[serde(deserialize_with = "between::<_, 1, 720>")]
    pub(crate) forget_hours: u32,
    /// Logins a minute from one IPv4 address or IPv6 /64, 1–1 000. `30`.
    #[serde(deserialize_with = "between::<_, 1, 1_000>")]
    pub(crate) logins_per_minute: u32,
    /// Registrations an hour from one IPv4 address or IPv6 /64, 1–1 000. `60`.
    #[serde(deserialize_with = "between::<_, 1, 1_000>")]
    pub(crate) registrations_per_hour: u32,
    /// Mails of one kind an hour that anybody may ask for to one address,
    /// 1–100. `3`.
    #[serde(deserialize_with = "between::<_, 1, 100>")]
    pub(crate) mails_per_hour: u32,
}

impl Default for RateLimits {
    fn default() -> Self {
        Self {
            enabled: true,
            passwords: 5,
            first_wait_seconds: 1,
            longest_wait_minutes: 15,
            forget_hours: 24,
            logins_per_minute: 30,
            registrations_per_hour: 60,
            mails_per_hour: 3,
        }
    }
}

impl RateLimits {
    /// The limits; `None` when nothing is throttled.
    pub(crate) fn limits(&self) -> Option<Limits> {
        let seconds = |seconds: u32| Duration::from_secs(seconds.into());
        let window = |most, per| Limit::Window { most, per };
        let an_hour = Duration::from_hours(1);
        self.enabled.then(|| Limits {
            passwords: Limit::Backoff {
                free: self.passwords,
                first: seconds(self.first_wait_seconds),
                longest: seconds(self.longest_wait_minutes * 60),
                forget: seconds(self.forget_hours * 3600),
            },
            logins: window(self.logins_per_minute, Duration::from_mins(1)),
            registrations: window(self.registrations_per_hour, an_hour),
            mails: window(self.mails_per_hour, an_hour),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_those_of_the_domain() {
        assert_eq!(RateLimits::default().limits(), Some(Limits::default()));
        let off = RateLimits {
            enabled: false,
            ..RateLimits::default()
        };
        assert_eq!(off.limits(), None);
    }
}
