use std::time::Duration;

use super::model::ApiKey;
use super::{ApiKeys, KeyManager};
use crate::kernel::{ApiKeyId, Day, StoreError, Timestamp};

/// `last_used_at` is written when the one that is known is older than this.
const USAGE_RESOLUTION: Duration = Duration::from_mins(5);

/// One request that was made with a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyUse {
    /// Which key.
    pub key: ApiKeyId,
    /// When.
    pub at: Timestamp,
    /// Whether it was answered with a status of 400 or more.
    pub failed: bool,
    /// Whether `last_used_at` of the key is to be set.
    pub sets_last_used: bool,
}

/// What was counted of one key on one day since it was last written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyUseCount {
    /// Which key.
    pub key: ApiKeyId,
    /// The day, in UTC.
    pub day: Day,
    /// Requests, errors among them.
    pub requests: u64,
    /// Requests that were answered with a status of 400 or more.
    pub errors: u64,
    /// `last_used_at` to set; `None` leaves it.
    pub last_used_at: Option<Timestamp>,
}

/// What was counted of one key on one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UsageRecord {
    /// The day, in UTC.
    pub day: Day,
    /// Which key; it may be gone.
    pub key: ApiKeyId,
    /// Requests, errors among them.
    pub requests: u64,
    /// Requests that were answered with a status of 400 or more.
    pub errors: u64,
}

impl ApiKeys {
    /// Counts a request that was made with this key, when it is answered.
    pub fn note(&self, key: &ApiKey, failed: bool) {
        let at = self.clock.now();
        self.usage.note(KeyUse {
            key: key.id,
            at,
            failed,
            sets_last_used: key
                .last_used_at
                .is_none_or(|last| at.since(last) >= USAGE_RESOLUTION),
        });
    }

    /// What was counted of the manager's keys from one day to another, both
    /// included, newest first.
    pub async fn usage(
        &self,
        manager: &KeyManager,
        from: Day,
        to: Day,
    ) -> Result<Vec<UsageRecord>, StoreError> {
        self.store.usage(manager.id(), from, to).await
    }

    /// Today, in UTC.
    pub fn today(&self) -> Day {
        self.clock.now().day()
    }
}
