use actix_web::{HttpRequest, HttpResponse, get, web};

use crate::api::Api;
use crate::auth::SessionUser;
use crate::native::sessions::PATH;
use crate::native::sessions::object::SessionObject;
use crate::paging::{Listing, PageParams, Query, own_size};
use crate::problem::Problem;

/// List the sessions.
///
/// Where you are signed in, newest first; sessions that are over are not listed.
#[utoipa::path(
    context_path = "",
    tag = "sessions",
    params(PageParams),
    responses((status = 200, description = "A page of sessions.", body = Listing<SessionObject>)),
    security(("bearer" = []), ("cookie" = [])),
)]
#[get("/me/sessions/")]
pub(crate) async fn list_sessions(
    request: HttpRequest,
    user: SessionUser,
    api: web::Data<Api>,
) -> Result<HttpResponse, Problem> {
    let mut query = Query::of(&request)?;
    let wanted = query.page(own_size(&user.0.account))?;
    let page = api.app.sessions.list(user.id(), wanted).await?;
    let current = user.0.session.id;
    Ok(query.answer(
        &api,
        PATH,
        &wanted,
        &page,
        |session| session.id,
        |session| SessionObject::of(session, current),
    ))
}
