use std::time::Duration;

use super::model::LiveAt;
use crate::kernel::Timestamp;

/// A login younger than this passes a step-up (CONTRACTS.md section 1).
pub const RECENT_LOGIN: Duration = Duration::from_mins(5);
/// A superseded refresh token still gets its successor for this long.
pub const REFRESH_GRACE: Duration = Duration::from_secs(10);

/// How long sessions and tokens live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionPolicy {
    /// Of an access token.
    pub access: Duration,
    /// Of a session that is not used.
    pub idle: Duration,
    /// Of a session and its refresh tokens, however much they are used.
    pub absolute: Duration,
    /// A use is written down when the last one is older than this.
    pub usage_resolution: Duration,
}

impl Default for SessionPolicy {
    /// 10 min, 14 days, 30 days, 5 min.
    fn default() -> Self {
        Self {
            access: Duration::from_mins(10),
            idle: Duration::from_hours(14 * 24),
            absolute: Duration::from_hours(30 * 24),
            usage_resolution: Duration::from_mins(5),
        }
    }
}

impl SessionPolicy {
    /// Which sessions count at this time.
    pub fn live_at(&self, now: Timestamp) -> LiveAt {
        LiveAt {
            now,
            idle_since: now.before(self.idle),
        }
    }
}
