//! The session object.

use serde::Serialize;
use utoipa::ToSchema;
use vestibule_domain::kernel::{SessionId, Timestamp};
use vestibule_domain::sessions::Session;

/// A session: one signed-in client.
#[derive(Serialize, ToSchema)]
#[schema(as = Session)]
pub(crate) struct SessionObject<'a> {
    /// Its id.
    #[schema(value_type = String, example = "ses_01jabcdefghjkmnpqrstvwxyz0")]
    uid: SessionId,
    /// When the login or registration was.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When it was last used; up to 5 minutes old.
    #[schema(value_type = String, format = DateTime)]
    last_used_at: Timestamp,
    /// When it ends, however much it is used.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
    /// Address that it was opened from, or null.
    #[schema(required)]
    ip: Option<String>,
    /// `User-Agent` of the client that opened it, or null.
    #[schema(required)]
    user_agent: Option<&'a str>,
    /// Whether it is the session that asks.
    current: bool,
}

impl<'a> SessionObject<'a> {
    /// The session, as the session `current` sees it.
    pub(crate) fn of(session: &'a Session, current: SessionId) -> Self {
        Self {
            uid: session.id,
            created_at: session.created_at,
            last_used_at: session.last_used_at,
            expires_at: session.expires_at,
            ip: session.origin.ip.map(|ip| ip.to_string()),
            user_agent: session.origin.user_agent.as_deref(),
            current: session.id == current,
        }
    }
}
