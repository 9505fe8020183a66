use std::ops::RangeInclusive;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, get, web};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};
use vestibule_domain::kernel::Invalid;
use vestibule_domain::users::Username;

use super::error::Failure;
use super::shapes::{ErrorObject, MessageObject};
use crate::answer;
use crate::api::Api;
use crate::auth::CookieUser;
use crate::paging::Query;
use crate::problem::Problem;

/// Messages that a client may ask for at once (CONTRACTS.md section 6).
const LIMITS: RangeInclusive<u32> = 1..=100;
/// Messages that it gets when it does not say.
const DEFAULT_LIMIT: u32 = 50;

/// Whose messages are wanted.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "documents what the handler reads")]
pub(super) struct AuthorName {
    /// The author's username, in any case.
    username: String,
}

/// Which of them.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what the handler reads")]
pub(super) struct Part {
    /// Most messages to answer.
    #[param(minimum = 1, maximum = 100, default = 50, nullable = false)]
    limit: Option<u32>,
    /// Messages to skip.
    #[param(minimum = 0, default = 0, nullable = false)]
    offset: Option<u64>,
}

/// A part of a list of messages.
#[derive(Serialize, ToSchema)]
pub(super) struct Messages<'a> {
    /// The messages, newest first.
    data: Vec<MessageObject<'a>>,
    /// Where in the list they stand.
    pagination: Pagination,
}

/// Where in a list a part of it stands.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Pagination {
    /// Messages in the whole list.
    total: u64,
    /// Most messages that were asked for.
    limit: u32,
    /// Messages that were skipped.
    offset: u64,
    /// Whether some follow.
    has_more: bool,
}

/// A user's messages: the public ones, of one's own all.
#[utoipa::path(
    context_path = "",
    tag = "users and profile",
    params(AuthorName, Part),
    responses(
        (status = 200, description = "The messages.", body = Messages),
        ErrorObject,
    ),
    security(("cookie" = [])),
)]
#[get("/api/user/{username}/messages/")]
pub(super) async fn list_messages(
    request: HttpRequest,
    user: CookieUser,
    api: web::Data<Api>,
) -> Result<HttpResponse, Failure> {
    let named = request.match_info().query("username");
    let author = Username::parse(named).map_err(|_| Problem::not_found())?;
    let mut query = Query::of(&request)?;
    let limit = query.filter("limit", limit).unwrap_or(DEFAULT_LIMIT);
    let offset = query.filter("offset", offset).unwrap_or(0);
    query.check()?;
    let reader = user.0.account.id;
    let messages = &api.app.messages;
    let found = messages.slice_of(reader, &author, offset, limit).await?;
    let (author, slice) = found.ok_or_else(Problem::not_found)?;
    let shown = slice.items.iter();
    let data: Vec<_> = shown
        .map(|message| MessageObject::of(message, &author))
        .collect();
    let end = offset.saturating_add(data.len() as u64);
    let pagination = Pagination {
        total: slice.total,
        limit,
        offset,
        has_more: !data.is_empty() && end < slice.total,
    };
    Ok(answer::json(StatusCode::OK, &Messages { data, pagination }))
}

fn limit(text: &str) -> Result<u32, Invalid> {
    let limit = text.parse().ok().filter(|limit| LIMITS.contains(limit));
    limit.ok_or_else(|| {
        let (least, most) = (LIMITS.start(), LIMITS.end());
        let message = format!("Use a whole number from {least} to {most}.");
        Invalid::new("out_of_range", message)
    })
}

fn offset(text: &str) -> Result<u64, Invalid> {
    let offset = text.parse().ok();
    offset.ok_or_else(|| Invalid::new("out_of_range", "Use a whole number from 0."))
}
