//! What was counted of the use of API keys.

use diesel::prelude::*;
use diesel::upsert::excluded;
use vestibule_domain::api_keys::{KeyUseCount, UsageRecord};
use vestibule_domain::kernel::{Day, UserId};

use super::schema::api_usage;
use super::stored::Stored;
use crate::database::dialect::on;
use crate::database::{Conn, JobError};

/// Adds to the count of a key and a day. The key's row is locked.
pub(super) fn add_use(
    conn: &mut Conn,
    key: &str,
    owner: Option<&str>,
    used: &KeyUseCount,
) -> Result<(), JobError> {
    let counted = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    on!(conn, |c| diesel::insert_into(api_usage::table)
        .values((
            api_usage::api_key.eq(key),
            api_usage::day.eq(used.day.0),
            api_usage::user_id.eq(owner),
            api_usage::requests.eq(counted(used.requests)),
            api_usage::errors.eq(counted(used.errors)),
        ))
        .on_conflict((api_usage::api_key, api_usage::day))
        .do_update()
        .set((
            api_usage::requests.eq(api_usage::requests + excluded(api_usage::requests)),
            api_usage::errors.eq(api_usage::errors + excluded(api_usage::errors)),
        ))
        .execute(c))?;
    Ok(())
}

/// The counts of a user's keys on these days, newest first.
pub(super) fn load_usage(
    conn: &mut Conn,
    owner: UserId,
    from: Day,
    to: Day,
) -> Result<Vec<UsageRecord>, JobError> {
    let rows: Vec<(i32, String, i64, i64)> = on!(conn, |c| api_usage::table
        .filter(api_usage::user_id.eq(owner.to_string()))
        .filter(api_usage::day.between(from.0, to.0))
        .select((
            api_usage::day,
            api_usage::api_key,
            api_usage::requests,
            api_usage::errors,
        ))
        .order((api_usage::day.desc(), api_usage::api_key.desc()))
        .load(c))?;
    let records = rows.into_iter().map(|(day, key, requests, errors)| {
        let row = Stored {
            table: "api_usage",
            row: &key,
        };
        Ok(UsageRecord {
            day: Day(day),
            key: row.id("api_key", &key)?,
            requests: row.parsed("requests", u64::try_from(requests))?,
            errors: row.parsed("errors", u64::try_from(errors))?,
        })
    });
    records.collect()
}
