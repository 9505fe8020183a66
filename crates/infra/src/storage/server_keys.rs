//! Which keys a database is used with.

use diesel::prelude::*;
use thiserror::Error;
use vestibule_domain::kernel::{StoreError, Timestamp};

use super::schema::server_keys;
use crate::crypto::Secrets;
use crate::database::Database;
use crate::database::dialect::on;

/// Why a server may not use a database.
#[derive(Debug, Error)]
pub enum ServerKeysError {
    /// It was used with a key that this server does not have.
    #[error(
        "this database is used with the key {key_id}, which the secrets file lacks; \
         all servers of a database need the same secrets file"
    )]
    Missing {
        /// The id of the key.
        key_id: String,
    },
    /// The database cannot be asked.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Makes sure that this server has all keys that the database is used with, and
/// notes those that are new. A server that is refused leaves none behind.
///
/// A server with other keys would refuse the tokens of its neighbours, end
/// their sessions as forgeries, and find their letters unreadable.
pub async fn admit_server_keys(
    database: &Database,
    secrets: &Secrets,
    now: Timestamp,
) -> Result<(), ServerKeysError> {
    let own = secrets.fingerprints();
    let missing: Option<String> = database
        .write(move |tx| {
            // Of two first servers with different keys one must see the other.
            tx.conn.lock_table("server_keys")?;
            // Not those whose time has not come yet, nor those whose time is over.
            let needed: Vec<(String, Vec<u8>)> = on!(tx.conn, |c| server_keys::table
                .filter(server_keys::required_from.le(now.as_micros()))
                .filter(server_keys::retired_at.is_null())
                .select((server_keys::key_id, server_keys::fingerprint))
                .load(c))?;
            let missing = needed.into_iter().find(|(id, fingerprint)| {
                !own.iter()
                    .any(|own| own.key_id == *id && own.bytes[..] == fingerprint[..])
            });
            if let Some((key_id, _)) = missing {
                return Ok(Some(key_id));
            }
            for own in &own {
                on!(tx.conn, |c| diesel::insert_into(server_keys::table)
                    .values((
                        server_keys::key_id.eq(&own.key_id),
                        server_keys::fingerprint.eq(own.bytes.as_slice()),
                        server_keys::created_at.eq(now.as_micros()),
                        server_keys::required_from.eq(own.used_from.as_micros()),
                    ))
                    .on_conflict_do_nothing()
                    .execute(c))?;
            }
            Ok(None)
        })
        .await?;
    match missing {
        None => Ok(()),
        Some(key_id) => Err(ServerKeysError::Missing { key_id }),
    }
}

/// Says that servers may lack these keys from now on.
pub async fn retire_server_keys(
    database: &Database,
    key_ids: &[String],
    now: Timestamp,
) -> Result<(), StoreError> {
    let key_ids = key_ids.to_vec();
    database
        .write(move |tx| {
            for id in &key_ids {
                on!(tx.conn, |c| diesel::update(
                    server_keys::table
                        .find(id)
                        .filter(server_keys::retired_at.is_null())
                )
                .set(server_keys::retired_at.eq(now.as_micros()))
                .execute(c))?;
            }
            Ok(())
        })
        .await
}
