//! What expires is removed, a little at a time.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use crate::kernel::{Clock, StoreError, Timestamp};

/// Removes what has expired. Port.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait MaintenanceStore: Send + Sync {
    /// Deletes up to `limit` rows in all of: single-use tokens, sessions (with
    /// their refresh tokens), idempotency records and throttle buckets that
    /// ended before `now`, and invitations that ended more than
    /// [`INVITATION_RETENTION`](crate::organizations::INVITATION_RETENTION)
    /// before it. Finishes deletions of organizations that were cut off.
    /// Answers how many it deleted.
    async fn purge(&self, now: Timestamp, limit: u32) -> Result<u32, StoreError>;

    /// Deletes up to `limit` entries of the security log that were written
    /// before `end`; answers how many it deleted.
    async fn purge_log(&self, end: Timestamp, limit: u32) -> Result<u32, StoreError>;
}

/// Rows per purge: small enough not to hold up writers.
const CHUNK: u32 = 500;

/// The use case of removing what has expired.
#[derive(Clone)]
pub struct Maintenance {
    /// What is stored.
    pub store: Arc<dyn MaintenanceStore>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// How long entries of the security log are kept.
    pub log_retention: Duration,
}

impl Maintenance {
    /// Removes all that has expired, chunk by chunk; answers how many rows.
    pub async fn purge_expired(&self) -> Result<u64, StoreError> {
        let now = self.clock.now();
        let mut total = 0;
        loop {
            let purged = self.store.purge(now, CHUNK).await?;
            total += u64::from(purged);
            if purged < CHUNK {
                break;
            }
        }
        let end = now.before(self.log_retention);
        loop {
            let purged = self.store.purge_log(end, CHUNK).await?;
            total += u64::from(purged);
            if purged < CHUNK {
                return Ok(total);
            }
        }
    }
}
