use actix_web::guard::GuardContext;
use actix_web::{HttpRequest, HttpResponse, delete, web};
use vestibule_domain::kernel::Version;

use crate::answer::Representation;
use crate::api::Api;
use crate::auth::{SessionUser, origin};
use crate::native::sessions::find;
use crate::native::sessions::object::SessionObject;
use crate::params::{IfMatch, Uid};
use crate::problem::Problem;

/// `revoke-others` is an address of its own, and takes POST only.
fn names_a_session(context: &GuardContext<'_>) -> bool {
    !context.head().uri.path().ends_with("/revoke-others/")
}

/// Revoke a session.
///
/// Its access tokens, refresh tokens and cookie are refused from the next
/// request on. The session that asks may be named too; that is a logout.
#[utoipa::path(
    context_path = "",
    tag = "sessions",
    params(Uid, IfMatch),
    responses((status = 204, description = "The session is over.")),
    security(("bearer" = []), ("cookie" = [])),
)]
#[delete("/me/sessions/{uid}/", guard = "names_a_session")]
pub(crate) async fn revoke_session(
    request: HttpRequest,
    user: SessionUser,
    api: web::Data<Api>,
) -> Result<HttpResponse, Problem> {
    let session = find(&api, &user, &request).await?;
    // Without versions of its own an object is changed as it is now, or not.
    Representation::of(&SessionObject::of(&session, user.0.session.id))
        .expected(&request, Version(0))?;
    let origin = origin(&request);
    let sessions = &api.app.sessions;
    sessions.revoke(&user.0, session.id, &origin).await?;
    Ok(HttpResponse::NoContent().finish())
}
