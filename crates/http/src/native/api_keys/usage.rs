use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, get, web};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};
use vestibule_domain::api_keys::UsageRecord;
use vestibule_domain::kernel::{ApiKeyId, Day, Invalid};

use crate::answer;
use crate::api::Api;
use crate::auth::KeyOwner;
use crate::paging::Query;
use crate::problem::Problem;

/// Days that are answered when the query does not say which.
const DEFAULT_DAYS: i32 = 30;
/// Most days of one answer: a year and a day.
const MOST_DAYS: i32 = 366;

/// Which days.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what the handler reads")]
pub(crate) struct UsageParams {
    /// First day, in UTC; by default 29 days before `to`.
    #[param(format = Date, nullable = false)]
    from: Option<String>,
    /// Last day, in UTC, at most 365 days after `from`; by default today.
    #[param(format = Date, nullable = false)]
    to: Option<String>,
}

/// What was counted of your keys' use.
#[derive(Serialize, ToSchema)]
pub(crate) struct UsageAnswer {
    /// First day, in UTC.
    #[schema(value_type = String, format = Date)]
    from: Day,
    /// Last day, in UTC.
    #[schema(value_type = String, format = Date)]
    to: Day,
    /// Days and keys with requests, newest first.
    results: Vec<UsageObject>,
}

/// What was counted of one key on one day.
#[derive(Serialize, ToSchema)]
#[schema(as = ApiUsage)]
pub(crate) struct UsageObject {
    /// The day, in UTC.
    #[schema(value_type = String, format = Date)]
    date: Day,
    /// The key, which may be gone.
    #[schema(value_type = String, example = "key_01jabcdefghjkmnpqrstvwxyz0")]
    api_key: ApiKeyId,
    /// Requests, errors among them.
    #[schema(minimum = 0)]
    requests: u64,
    /// Requests that were answered with a status of 400 or more.
    #[schema(minimum = 0)]
    errors: u64,
}

impl From<&UsageRecord> for UsageObject {
    fn from(record: &UsageRecord) -> Self {
        Self {
            date: record.day,
            api_key: record.key,
            requests: record.requests,
            errors: record.errors,
        }
    }
}

fn read(request: &HttpRequest, today: Day) -> Result<(Day, Day), Problem> {
    let mut query = Query::of(request)?;
    let from = query.filter("from", Day::parse);
    let to = query.filter("to", Day::parse);
    query.check()?;
    let to = to.unwrap_or(today);
    let from = from.unwrap_or(to.before(DEFAULT_DAYS - 1));
    if from > to {
        let invalid = Invalid::new("out_of_range", "Use a day that is not after to.");
        return Err(Problem::fields(invalid.at("from")));
    }
    if to.before(MOST_DAYS - 1) > from {
        let invalid = Invalid::new("out_of_range", "Ask for at most 366 days at once.");
        return Err(Problem::fields(invalid.at("from")));
    }
    Ok((from, to))
}

/// Get the use of the API keys.
///
/// Requests and errors of your keys by day, newest first. They are written down
/// some seconds after they were answered.
#[utoipa::path(
    context_path = "",
    tag = "api-keys",
    params(UsageParams),
    responses((status = 200, description = "The counts.", body = UsageAnswer)),
    security(("bearer" = []), ("cookie" = [])),
)]
#[get("/")]
pub(crate) async fn get_api_usage(
    request: HttpRequest,
    owner: KeyOwner,
    api: web::Data<Api>,
) -> Result<HttpResponse, Problem> {
    let keys = &api.app.api_keys;
    let (from, to) = read(&request, keys.today())?;
    let records = keys.usage(&owner.0, from, to).await?;
    let answer = UsageAnswer {
        from,
        to,
        results: records.iter().map(UsageObject::from).collect(),
    };
    Ok(answer::json(StatusCode::OK, &answer))
}
