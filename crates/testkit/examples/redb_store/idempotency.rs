use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use vestibule_domain::idempotency::{OnceRecord, OnceStore, RETENTION};
use vestibule_domain::kernel::{Digest, StoreError, Timestamp, UserId, Write};

use crate::database::RedbStorage;
use crate::schema::ONCE;
use crate::table::{Place, Reads, Stored, digest_key};

#[async_trait]
impl OnceStore for RedbStorage {
    async fn find(&self, key: Digest, now: Timestamp) -> Result<Option<OnceRecord>, StoreError> {
        self.read(move |tx| live_once(tx, key, now)).await
    }

    async fn record(&self, write: Write<()>) -> Result<(), StoreError> {
        self.write(write, |_, (), _| Ok(((), Some(())))).await
    }
}

/// The record with this key that has not expired.
pub(crate) fn live_once(
    tx: &impl Reads,
    key: Digest,
    now: Timestamp,
) -> Result<Option<OnceRecord>, StoreError> {
    let stored = tx.get(&ONCE, &digest_key(key))?;
    Ok(stored
        .filter(|once| now < once.expires_at)
        .map(|once| once.record))
}

/// An idempotency record, and when it ends.
pub(crate) struct StoredOnce {
    record: OnceRecord,
    user: Option<UserId>,
    expires_at: Timestamp,
}

impl StoredOnce {
    pub(crate) fn new(record: OnceRecord, user: Option<UserId>, at: Timestamp) -> Self {
        Self {
            record,
            user,
            expires_at: at.after(RETENTION),
        }
    }
}

#[derive(Serialize, Deserialize)]
pub(crate) struct OnceRow {
    fingerprint: [u8; 32],
    answer: Vec<u8>,
    user: Option<String>,
    expires_at: i64,
}

impl Stored for StoredOnce {
    type Row = OnceRow;

    fn to_row(&self) -> OnceRow {
        let Self {
            record,
            user,
            expires_at,
        } = self;
        let OnceRecord {
            fingerprint,
            answer,
        } = record;
        OnceRow {
            fingerprint: fingerprint.0,
            answer: answer.clone(),
            user: user.map(|user| user.to_string()),
            expires_at: expires_at.as_micros(),
        }
    }

    fn from_row(row: OnceRow, at: Place<'_>) -> Result<Self, StoreError> {
        let OnceRow {
            fingerprint,
            answer,
            user,
            expires_at,
        } = row;
        Ok(Self {
            record: OnceRecord {
                fingerprint: Digest(fingerprint),
                answer,
            },
            user: at.optional("user", user.as_deref(), str::parse)?,
            expires_at: Timestamp::from_micros(expires_at),
        })
    }
}
