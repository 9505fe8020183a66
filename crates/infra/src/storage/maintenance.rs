use async_trait::async_trait;
use diesel::prelude::*;
use vestibule_domain::kernel::{SessionId, StoreError, Timestamp};
use vestibule_domain::maintenance::MaintenanceStore;

use super::SqlStorage;
use super::schema::{
    activity, email_changes, former_emails, identity_codes, identity_flows, once, refresh_tokens,
    sessions, single_use_tokens, throttle_buckets,
};
use super::stored::Stored;
use crate::cache::protocol::CacheKey;
use crate::database::dialect::on;

/// Refresh tokens deleted in one transaction. A session may have thousands.
const TOKENS_PER_WRITE: i64 = 500;

/// Deletes up to `$limit` expired rows of a table, by its key of bytes.
///
/// Looks first and writes only when there is something to delete: a commit
/// costs a sync of the disk.
macro_rules! purge_rows {
    ($storage:expr, $now:expr, $limit:expr, $table:ident, $key:ident) => {{
        let (now, limit): (i64, u32) = ($now, $limit);
        let expired: Vec<Vec<u8>> = $storage
            .database
            .query(move |conn| {
                Ok(on!(conn, |c| $table::table
                    .filter($table::expires_at.lt(now))
                    .select($table::$key)
                    .limit(limit.into())
                    .load(c))?)
            })
            .await?;
        if expired.is_empty() {
            0
        } else {
            $storage
                .database
                .write_background(move |tx| {
                    // A key that was used again meanwhile has a new row.
                    let deleted = on!(tx.conn, |c| diesel::delete(
                        $table::table
                            .filter($table::$key.eq_any(&expired))
                            .filter($table::expires_at.lt(now))
                    )
                    .execute(c))?;
                    Ok(u32::try_from(deleted).unwrap_or(limit))
                })
                .await?
        }
    }};
}

#[async_trait]
impl MaintenanceStore for SqlStorage {
    async fn purge(&self, now: Timestamp, limit: u32) -> Result<u32, StoreError> {
        let now = now.as_micros();
        let single = purge_rows!(self, now, limit, single_use_tokens, digest);
        let once = purge_rows!(self, now, limit - single, once, key_digest);
        let mut purged = single + once;
        purged += purge_rows!(self, now, limit - purged, throttle_buckets, key_digest);
        purged += purge_rows!(self, now, limit - purged, identity_flows, state_digest);
        purged += purge_rows!(self, now, limit - purged, identity_codes, digest);
        purged += purge_rows!(self, now, limit - purged, former_emails, digest);
        purged += self.purge_changes(now, limit - purged).await?;
        purged += self.purge_sessions(now, limit - purged).await?;
        let at = Timestamp::from_micros(now);
        purged += self.purge_invitations(at, limit - purged).await?;
        purged += self.purge_organizations(limit - purged).await?;
        Ok(purged)
    }

    async fn purge_log(&self, end: Timestamp, limit: u32) -> Result<u32, StoreError> {
        let end = end.as_micros();
        let old: Vec<String> = self
            .database
            .query(move |conn| {
                Ok(on!(conn, |c| activity::table
                    .filter(activity::created_at.lt(end))
                    .select(activity::id)
                    .limit(limit.into())
                    .load(c))?)
            })
            .await?;
        if old.is_empty() {
            return Ok(0);
        }
        self.database
            .write_background(move |tx| {
                let deleted = on!(tx.conn, |c| diesel::delete(
                    activity::table.filter(activity::id.eq_any(&old))
                )
                .execute(c))?;
                Ok(u32::try_from(deleted).unwrap_or(limit))
            })
            .await
    }
}

impl SqlStorage {
    async fn purge_changes(&self, now: i64, limit: u32) -> Result<u32, StoreError> {
        let expired: Vec<String> = self
            .database
            .query(move |conn| {
                Ok(on!(conn, |c| email_changes::table
                    .filter(email_changes::expires_at.lt(now))
                    .select(email_changes::user_id)
                    .limit(limit.into())
                    .load(c))?)
            })
            .await?;
        if expired.is_empty() {
            return Ok(0);
        }
        self.database
            .write_background(move |tx| {
                // One that was started again meanwhile has a new row.
                let deleted = on!(tx.conn, |c| diesel::delete(
                    email_changes::table
                        .filter(email_changes::user_id.eq_any(&expired))
                        .filter(email_changes::expires_at.lt(now))
                )
                .execute(c))?;
                Ok(u32::try_from(deleted).unwrap_or(limit))
            })
            .await
    }

    /// The refresh tokens first, some at a time, so that no deletion of a
    /// session drags thousands of rows along. A session that has expired never
    /// comes back.
    async fn purge_sessions(&self, now: i64, limit: u32) -> Result<u32, StoreError> {
        let expired: Vec<String> = self
            .database
            .query(move |conn| {
                Ok(on!(conn, |c| sessions::table
                    .filter(sessions::expires_at.lt(now))
                    .select(sessions::id)
                    .limit(limit.into())
                    .load(c))?)
            })
            .await?;
        if expired.is_empty() {
            return Ok(0);
        }
        let ids: Vec<SessionId> = expired
            .iter()
            .map(|id| {
                Stored {
                    table: "sessions",
                    row: id,
                }
                .id("id", id)
            })
            .collect::<Result<_, _>>()?;
        loop {
            let of = expired.clone();
            let full = self
                .database
                .write_background(move |tx| {
                    let tokens: Vec<Vec<u8>> = on!(tx.conn, |c| refresh_tokens::table
                        .filter(refresh_tokens::session_id.eq_any(&of))
                        .select(refresh_tokens::digest)
                        .limit(TOKENS_PER_WRITE)
                        .load(c))?;
                    let deleted = on!(tx.conn, |c| diesel::delete(
                        refresh_tokens::table.filter(refresh_tokens::digest.eq_any(&tokens))
                    )
                    .execute(c))?;
                    Ok(i64::try_from(deleted).unwrap_or(0) == TOKENS_PER_WRITE)
                })
                .await?;
            if !full {
                break;
            }
        }
        self.database
            .write_background(move |tx| {
                let deleted = on!(tx.conn, |c| diesel::delete(
                    sessions::table.filter(sessions::id.eq_any(&expired))
                )
                .execute(c))?;
                for id in &ids {
                    tx.touch(CacheKey::Session(*id));
                }
                Ok(u32::try_from(deleted).unwrap_or(limit))
            })
            .await
    }
}
