//! Buckets that say how often something may be tried.

use diesel::prelude::*;
use vestibule_domain::kernel::{Digest, StoreError, Timestamp};
use vestibule_domain::throttling::{Bucket, Decision, Throttle, decide};

use super::schema::throttle_buckets;
use crate::database::dialect::{lock_row, on};
use crate::database::{Conn, JobError};

/// Buckets that were asked, locked until the transaction ends.
pub(super) struct Asked {
    decision: Decision,
    /// Rows that stand for buckets that there were none of, so that they are
    /// locked too.
    new: Vec<Digest>,
}

/// Locks the buckets and asks them. A transaction that they refuse is rolled
/// back, and leaves none that it made.
pub(super) fn ask(
    conn: &mut Conn,
    throttles: &[Throttle],
    at: Timestamp,
) -> Result<Asked, JobError> {
    // In one order everywhere: otherwise two could wait for each other.
    let mut keys: Vec<(Digest, bool)> = throttles
        .iter()
        .filter(|throttle| !matches!(throttle, Throttle::Clear { .. }))
        .map(|throttle| (throttle.key(), matches!(throttle, Throttle::Ask { .. })))
        .collect();
    keys.sort_unstable();
    let (mut stored, mut new) = (Vec::new(), Vec::new());
    for (key, is_only_asked) in keys {
        // What counts nothing needs no row.
        let found = if is_only_asked {
            find(conn, key)?
        } else {
            lock(conn, key, at)?
        };
        match found {
            Some(bucket) => stored.push((key, bucket)),
            None if is_only_asked => {}
            None => new.push(key),
        }
    }
    let decided = decide(throttles, at, |key| {
        let found = stored.iter().find(|(stored, _)| *stored == key);
        found.map(|(_, bucket)| bucket)
    });
    let decision = decided.map_err(StoreError::Throttled)?;
    Ok(Asked { decision, new })
}

impl Asked {
    /// Whether the job is left out.
    pub(super) fn leaves_out(&self, job: &str) -> bool {
        let left_out = &self.decision.left_out;
        left_out.iter().any(|left_out| left_out.to_string() == job)
    }

    /// Stores what was counted. A bucket that was made for a job that is left
    /// out cannot be: it had room.
    pub(super) fn count(&self, conn: &mut Conn) -> QueryResult<()> {
        for change in &self.decision.changes {
            let key = change.key.0.as_slice();
            match &change.bucket {
                Some(bucket) => on!(conn, |c| diesel::update(throttle_buckets::table.find(key))
                    .set(&BucketRow::new(bucket))
                    .execute(c))?,
                None => on!(conn, |c| diesel::delete(throttle_buckets::table.find(key))
                    .execute(c))?,
            };
        }
        Ok(())
    }

    /// Leaves the buckets as they were.
    pub(super) fn leave(&self, conn: &mut Conn) -> QueryResult<()> {
        for key in &self.new {
            on!(conn, |c| diesel::delete(
                throttle_buckets::table.find(key.0.as_slice())
            )
            .execute(c))?;
        }
        Ok(())
    }
}

/// The bucket, locked; `None` for one that is made here to be locked.
fn lock(conn: &mut Conn, key: Digest, at: Timestamp) -> Result<Option<Bucket>, JobError> {
    if let Some(bucket) = find(conn, key)? {
        return Ok(Some(bucket));
    }
    let blank = BucketRow {
        attempts: 0,
        expires_at: at.as_micros(),
        times: Vec::new(),
    };
    let made = on!(conn, |c| diesel::insert_into(throttle_buckets::table)
        .values((throttle_buckets::key_digest.eq(key.0.as_slice()), &blank))
        .on_conflict_do_nothing()
        .execute(c))?;
    if made == 1 {
        return Ok(None);
    }
    // Somebody was faster; or faster still, and has deleted it.
    find(conn, key)?.map(Some).ok_or(JobError::Overtaken)
}

fn find(conn: &mut Conn, key: Digest) -> Result<Option<Bucket>, JobError> {
    let row: Option<BucketRow> = lock_row!(
        conn,
        throttle_buckets::table
            .find(key.0.as_slice())
            .select(BucketRow::as_select())
    )?;
    Ok(row.map(|row| row.into_bucket(key)).transpose()?)
}

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = throttle_buckets)]
struct BucketRow {
    attempts: i64,
    expires_at: i64,
    times: Vec<u8>,
}

impl BucketRow {
    fn new(bucket: &Bucket) -> Self {
        let Bucket {
            attempts,
            times,
            expires_at,
        } = bucket;
        Self {
            attempts: (*attempts).into(),
            expires_at: expires_at.as_micros(),
            times: times
                .iter()
                .flat_map(|time| time.as_micros().to_be_bytes())
                .collect(),
        }
    }

    fn into_bucket(self, key: Digest) -> Result<Bucket, StoreError> {
        let Self {
            attempts,
            expires_at,
            times,
        } = self;
        let corrupt = |column| StoreError::Corrupt {
            table: "throttle_buckets",
            column,
            row: format!("{key:?}"),
        };
        let (times, rest) = times.as_chunks();
        if !rest.is_empty() {
            return Err(corrupt("times"));
        }
        Ok(Bucket {
            attempts: attempts.try_into().map_err(|_| corrupt("attempts"))?,
            times: times
                .iter()
                .map(|bytes| Timestamp::from_micros(i64::from_be_bytes(*bytes)))
                .collect(),
            expires_at: Timestamp::from_micros(expires_at),
        })
    }
}
