//! Buckets that say how often something may be tried.

use redb::WriteTransaction;
use serde::{Deserialize, Serialize};
use vestibule_domain::kernel::{JobId, StoreError, Timestamp};
use vestibule_domain::throttling::{Bucket, BucketChange, Decision, Throttle, decide};

use crate::schema::BUCKETS;
use crate::table::{Place, Reads as _, Stored, Writes as _, digest_key};

/// Asks the buckets of a write, and counts; answers the jobs that they leave
/// out. redb has one writer at a time, so
/// nobody counts in between; a write that is given up leaves them as they were.
pub(crate) fn count(
    tx: &WriteTransaction,
    throttle: &[Throttle],
    at: Timestamp,
) -> Result<Vec<JobId>, StoreError> {
    let mut stored = Vec::new();
    for throttle in throttle {
        let key = throttle.key();
        if let Some(StoredBucket(bucket)) = tx.get(&BUCKETS, &digest_key(key))? {
            stored.push((key, bucket));
        }
    }
    let decided = decide(throttle, at, |key| {
        let found = stored.iter().find(|(stored, _)| *stored == key);
        found.map(|(_, bucket)| bucket)
    });
    let Decision { changes, left_out } = decided.map_err(StoreError::Throttled)?;
    for BucketChange { key, bucket } in changes {
        let key = digest_key(key);
        match bucket {
            Some(bucket) => tx.put(&BUCKETS, &key, &StoredBucket(bucket))?,
            None => {
                tx.remove(&BUCKETS, &key)?;
            }
        }
    }
    Ok(left_out)
}

pub(crate) struct StoredBucket(Bucket);

#[derive(Serialize, Deserialize)]
pub(crate) struct BucketRow {
    attempts: u32,
    times: Vec<i64>,
    expires_at: i64,
}

impl Stored for StoredBucket {
    type Row = BucketRow;

    fn to_row(&self) -> BucketRow {
        let Bucket {
            attempts,
            times,
            expires_at,
        } = &self.0;
        BucketRow {
            attempts: *attempts,
            times: times.iter().map(|time| time.as_micros()).collect(),
            expires_at: expires_at.as_micros(),
        }
    }

    fn from_row(row: BucketRow, _: Place<'_>) -> Result<Self, StoreError> {
        let BucketRow {
            attempts,
            times,
            expires_at,
        } = row;
        Ok(Self(Bucket {
            attempts,
            times: times.into_iter().map(Timestamp::from_micros).collect(),
            expires_at: Timestamp::from_micros(expires_at),
        }))
    }
}
