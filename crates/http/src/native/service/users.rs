use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, get, web};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};
use vestibule_domain::app::App;
use vestibule_domain::kernel::{Invalid, UserId};
use vestibule_domain::users::Account;

use crate::answer;
use crate::api::Api;
use crate::auth::{ServiceKey, UsersRead};
use crate::paging::Listing;
use crate::problem::Problem;

/// Most users of one answer.
const MOST_USERS: usize = 100;

/// Which users.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what the handler reads")]
pub(crate) struct LookUpParams {
    /// The users' uids, one or more: `?uid=…&uid=…`.
    #[param(min_items = 1, max_items = 100, nullable = false, required = true)]
    uid: Vec<String>,
}

/// A user, as other services see one.
#[derive(Serialize, ToSchema)]
pub(crate) struct LookedUp<'a> {
    /// User identifier.
    #[schema(value_type = String, example = "usr_01jabcdefghjkmnpqrstvwxyz0")]
    uid: UserId,
    /// Username.
    username: &'a str,
    /// First name.
    first_name: &'a str,
    /// Last name.
    last_name: &'a str,
    /// URL of the avatar, or null.
    #[schema(required)]
    avatar_url: Option<String>,
    /// Email address.
    #[schema(format = Email)]
    email: &'a str,
}

impl<'a> LookedUp<'a> {
    fn of(account: &'a Account, app: &App) -> Self {
        Self {
            uid: account.id,
            username: account.username.as_str(),
            first_name: account.first_name.as_str(),
            last_name: account.last_name.as_str(),
            avatar_url: app.avatars.url(account),
            email: account.email.as_str(),
        }
    }
}

/// The uids that are asked for, each once; what is no uid is unknown.
fn read(request: &HttpRequest) -> Result<Vec<UserId>, Problem> {
    let pairs = web::Query::<Vec<(String, String)>>::from_query(request.query_string())
        .map_err(|_| Problem::malformed("The query string cannot be read."))?;
    let uids = pairs.iter().filter(|(name, _)| name == "uid");
    let uids: Vec<&str> = uids.map(|(_, uid)| uid.as_str()).collect();
    if uids.is_empty() {
        let invalid = Invalid::new("required", "Name at least one user: ?uid=…");
        return Err(Problem::fields(invalid.at("uid")));
    }
    if uids.len() > MOST_USERS {
        let invalid = Invalid::new("too_many", "Name at most 100 users.");
        return Err(Problem::fields(invalid.at("uid")));
    }
    let mut users = Vec::with_capacity(uids.len());
    for user in uids.into_iter().filter_map(|uid| uid.parse().ok()) {
        if !users.contains(&user) {
            users.push(user);
        }
    }
    Ok(users)
}

/// Look users up.
///
/// Up to 100 users by their uids, in the order asked for, all on one page.
/// Unknown ones are left out.
#[utoipa::path(
    context_path = "",
    tag = "service",
    params(LookUpParams),
    responses((status = 200, description = "The users.", body = Listing<LookedUp>)),
    security(("api_key" = [])),
)]
#[get("/api/v1/users/")]
pub(crate) async fn look_up_users(
    request: HttpRequest,
    _: ServiceKey<UsersRead>,
    api: web::Data<Api>,
) -> Result<HttpResponse, Problem> {
    let users = api.app.users.look_up(&read(&request)?).await?;
    let results = users
        .iter()
        .map(|user| LookedUp::of(user, &api.app))
        .collect();
    Ok(answer::json(StatusCode::OK, &Listing::whole(results)))
}
