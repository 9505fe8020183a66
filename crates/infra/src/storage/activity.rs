use async_trait::async_trait;
use diesel::prelude::*;
use vestibule_domain::activity::{ActivityRecord, ActivityStore, Details, Event, LogEntry};
use vestibule_domain::kernel::{Page, PageRequest, StoreError, Timestamp, UserId, kinds};

use super::SqlStorage;
use super::account::json_text;
use super::paging::load_page;
use super::schema::activity;
use super::stored::Stored;

#[async_trait]
impl ActivityStore for SqlStorage {
    async fn list(
        &self,
        user: UserId,
        page: PageRequest<kinds::Activity>,
    ) -> Result<Page<ActivityRecord>, StoreError> {
        let user = user.to_string();
        self.database
            .read(move |conn| {
                let rows = load_page!(
                    conn,
                    page,
                    activity::id,
                    ActivityRow,
                    activity::table.filter(activity::user_id.eq(&user))
                );
                Ok(rows.into_page(ActivityRow::into_record)?)
            })
            .await
    }
}

/// An entry of the security log; written with the command that it tells of.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = activity, treat_none_as_default_value = false)]
pub(super) struct ActivityRow {
    id: String,
    user_id: String,
    event: String,
    created_at: i64,
    session: Option<String>,
    ip: Option<String>,
    user_agent: Option<String>,
    details: String,
}

impl ActivityRow {
    pub(super) fn new(entry: &LogEntry, at: Timestamp) -> Self {
        let LogEntry {
            id,
            user,
            event,
            session,
            origin,
            details,
        } = entry;
        Self {
            id: id.to_string(),
            user_id: user.to_string(),
            event: event.to_string(),
            created_at: at.as_micros(),
            session: session.map(|session| session.to_string()),
            ip: origin.ip.map(|ip| ip.to_string()),
            user_agent: origin.user_agent.clone(),
            details: json_text(details.as_map()),
        }
    }

    fn into_record(self) -> Result<ActivityRecord, StoreError> {
        let Self {
            id,
            user_id,
            event,
            created_at,
            session,
            ip,
            user_agent,
            details,
        } = self;
        let row = Stored {
            table: "activity",
            row: &id,
        };
        Ok(ActivityRecord {
            entry: LogEntry {
                id: row.id("id", &id)?,
                user: row.id("user_id", &user_id)?,
                event: row.parsed("event", Event::parse(&event))?,
                session: row.optional("session", session.as_deref(), str::parse)?,
                origin: row.origin(ip.as_deref(), user_agent)?,
                details: row
                    .parsed("details", serde_json::from_str(&details))
                    .map(Details::from_map)?,
            },
            created_at: Timestamp::from_micros(created_at),
        })
    }
}
