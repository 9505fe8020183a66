use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use vestibule_domain::activity::{ActivityRecord, ActivityStore, Details, Event, LogEntry};
use vestibule_domain::kernel::{Page, PageRequest, StoreError, Timestamp, UserId, kinds};

use crate::database::RedbStorage;
use crate::page::page;
use crate::schema::ACTIVITY;
use crate::sessions::OriginRow;
use crate::table::{Place, Reads as _, Stored, owned_by};

#[async_trait]
impl ActivityStore for RedbStorage {
    async fn list(
        &self,
        user: UserId,
        request: PageRequest<kinds::Activity>,
    ) -> Result<Page<ActivityRecord>, StoreError> {
        self.read(move |tx| {
            let (entries, prefix) = (tx.open(&ACTIVITY)?, owned_by(user));
            let count = entries.count(&prefix)?;
            page(&entries, &prefix, request, count, Some)
        })
        .await
    }
}

/// The key has the ids of the user and of the entry.
#[derive(Serialize, Deserialize)]
pub(crate) struct ActivityRow {
    event: String,
    session: Option<String>,
    origin: OriginRow,
    created_at: i64,
    details: Map<String, Value>,
}

impl Stored for ActivityRecord {
    type Row = ActivityRow;

    fn to_row(&self) -> ActivityRow {
        let Self { entry, created_at } = self;
        let LogEntry {
            id: _,
            user: _,
            event,
            session,
            origin,
            details,
        } = entry;
        ActivityRow {
            event: event.as_str().to_owned(),
            session: session.map(|session| session.to_string()),
            origin: OriginRow::new(origin),
            created_at: created_at.as_micros(),
            details: details.as_map().clone(),
        }
    }

    fn from_row(row: ActivityRow, at: Place<'_>) -> Result<Self, StoreError> {
        let ActivityRow {
            event,
            session,
            origin,
            created_at,
            details,
        } = row;
        Ok(Self {
            entry: LogEntry {
                id: at.id()?,
                user: at.owner()?,
                event: at.parsed("event", Event::parse(&event))?,
                session: at.optional("session", session.as_deref(), str::parse)?,
                origin: origin.into_origin(),
                details: Details::from_map(details),
            },
            created_at: Timestamp::from_micros(created_at),
        })
    }
}
