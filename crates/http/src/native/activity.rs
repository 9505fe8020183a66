//! The security log of the signed-in user.

use std::net::IpAddr;

use actix_web::{HttpRequest, HttpResponse, get, web};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use vestibule_domain::activity::ActivityRecord;
use vestibule_domain::kernel::{ActivityId, SessionId, Timestamp};

use crate::api::Api;
use crate::auth::User;
use crate::paging::{Listing, PageParams, Query, own_size};
use crate::problem::Problem;

/// Where the log is.
const PATH: &str = "/api/v1/user/me/activity/";

/// Something that happened to the account.
#[derive(Serialize, ToSchema)]
#[schema(as = Activity)]
pub(crate) struct ActivityObject<'a> {
    /// Its id.
    #[schema(value_type = String, example = "act_01jabcdefghjkmnpqrstvwxyz0")]
    uid: ActivityId,
    /// What happened, for example session.created or password.changed.
    #[schema(example = "session.created")]
    event: &'a str,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// From which address, or null.
    #[schema(value_type = Option<String>, required)]
    ip: Option<IpAddr>,
    /// By which program, or null.
    #[schema(required)]
    user_agent: Option<&'a str>,
    /// In which session, which may have ended since, or null.
    #[schema(value_type = Option<String>, required)]
    session: Option<SessionId>,
    /// What else is to be known; depends on the event.
    #[schema(value_type = serde_json::Map<String, serde_json::Value>)]
    details: &'a Map<String, Value>,
}

impl<'a> From<&'a ActivityRecord> for ActivityObject<'a> {
    fn from(record: &'a ActivityRecord) -> Self {
        let entry = &record.entry;
        Self {
            uid: entry.id,
            event: entry.event.as_str(),
            created_at: record.created_at,
            ip: entry.origin.ip,
            user_agent: entry.origin.user_agent.as_deref(),
            session: entry.session,
            details: entry.details.as_map(),
        }
    }
}

/// List what happened to your account.
///
/// Logins, changes of password and address, what staff did, newest first.
#[utoipa::path(
    context_path = "",
    tag = "user",
    params(PageParams),
    responses((status = 200, description = "A page of the log.", body = Listing<ActivityObject>)),
    security(("bearer" = []), ("api_key" = []), ("cookie" = [])),
)]
#[get("/me/activity/")]
pub(crate) async fn list_activity(
    request: HttpRequest,
    user: User,
    api: web::Data<Api>,
) -> Result<HttpResponse, Problem> {
    let mut query = Query::of(&request)?;
    let wanted = query.page(own_size(&user.account))?;
    let page = api.app.activity.list(user.id(), wanted).await?;
    let shape = ActivityObject::from;
    Ok(query.answer(&api, PATH, &wanted, &page, |record| record.entry.id, shape))
}
