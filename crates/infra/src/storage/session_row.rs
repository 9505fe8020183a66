//! The rows of sessions.

use diesel::prelude::*;
use vestibule_domain::kernel::{Origin, StoreError, Timestamp};
use vestibule_domain::sessions::Session;

use super::schema::sessions;
use super::stored::Stored;

#[derive(Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = sessions, treat_none_as_default_value = false)]
pub(super) struct SessionRow {
    pub(super) id: String,
    user_id: String,
    auth_epoch: i64,
    authenticated_at: i64,
    created_at: i64,
    last_used_at: i64,
    expires_at: i64,
    ip: Option<String>,
    user_agent: Option<String>,
}

impl SessionRow {
    pub(super) fn new(session: &Session) -> Self {
        let Session {
            id,
            user,
            auth_epoch,
            authenticated_at,
            created_at,
            last_used_at,
            expires_at,
            origin: Origin { ip, user_agent },
        } = session;
        Self {
            id: id.to_string(),
            user_id: user.to_string(),
            auth_epoch: *auth_epoch,
            authenticated_at: authenticated_at.as_micros(),
            created_at: created_at.as_micros(),
            last_used_at: last_used_at.as_micros(),
            expires_at: expires_at.as_micros(),
            ip: ip.map(|ip| ip.to_string()),
            user_agent: user_agent.clone(),
        }
    }

    pub(super) fn into_session(self) -> Result<Session, StoreError> {
        let Self {
            id,
            user_id,
            auth_epoch,
            authenticated_at,
            created_at,
            last_used_at,
            expires_at,
            ip,
            user_agent,
        } = self;
        let row = Stored {
            table: "sessions",
            row: &id,
        };
        Ok(Session {
            id: row.id("id", &id)?,
            user: row.id("user_id", &user_id)?,
            auth_epoch,
            authenticated_at: Timestamp::from_micros(authenticated_at),
            created_at: Timestamp::from_micros(created_at),
            last_used_at: Timestamp::from_micros(last_used_at),
            expires_at: Timestamp::from_micros(expires_at),
            origin: row.origin(ip.as_deref(), user_agent)?,
        })
    }
}
