use std::convert::Infallible;

use async_trait::async_trait;
use diesel::prelude::*;
use vestibule_domain::idempotency::{OnceRecord, OnceStore};
use vestibule_domain::kernel::{Digest, StoreError, Timestamp, Write};

use super::SqlStorage;
use super::schema::once;
use crate::database::dialect::on;

#[async_trait]
impl OnceStore for SqlStorage {
    async fn find(&self, key: Digest, now: Timestamp) -> Result<Option<OnceRecord>, StoreError> {
        self.database
            .query(move |conn| {
                let row: Option<(Vec<u8>, Vec<u8>)> = on!(conn, |c| once::table
                    .find(key.0.as_slice())
                    .filter(once::expires_at.gt(now.as_micros()))
                    .select((once::fingerprint, once::answer))
                    .first(c)
                    .optional())?;
                let Some((fingerprint, answer)) = row else {
                    return Ok(None);
                };
                let fingerprint = fingerprint.try_into().map_err(|_| StoreError::Corrupt {
                    table: "once",
                    column: "fingerprint",
                    row: format!("{key:?}"),
                })?;
                Ok(Some(OnceRecord {
                    fingerprint: Digest(fingerprint),
                    answer,
                }))
            })
            .await
    }

    async fn record(&self, write: Write<()>) -> Result<(), StoreError> {
        let Ok(()) = self
            .commit(write, |()| &(), |_, (), _| Ok(Ok::<_, Infallible>(())))
            .await?;
        Ok(())
    }
}
