use actix_web::{HttpRequest, HttpResponse, delete, web};

use crate::api::Api;
use crate::auth::User;
use crate::native::members::find;
use crate::native::members::object::MemberObject;
use crate::native::organizations::{self, actor};
use crate::params::{IfMatch, MemberUid, Uid};
use crate::problem::Problem;

/// Remove a member, or leave.
///
/// Everybody may leave, but for the last owner; owners and admins may remove
/// others, and only owners may remove owners.
#[utoipa::path(
    context_path = "",
    tag = "organizations",
    params(Uid, MemberUid, IfMatch),
    responses(
        (status = 204, description = "They are no member any more."),
        (status = 409, description = "The last owner stays.", body = crate::problem::ProblemDocument, content_type = "application/problem+json"),
    ),
    security(("bearer" = []), ("api_key" = []), ("cookie" = [])),
)]
#[delete("/{uid}/members/{member}/")]
pub(crate) async fn remove_member(
    request: HttpRequest,
    user: User,
    api: web::Data<Api>,
) -> Result<HttpResponse, Problem> {
    let view = organizations::find(&api, &user, &request).await?;
    let member = find(&api, &view, &request).await?;
    let seen = MemberObject::representation(&member, &view, &api.app.avatars);
    let expected = seen.expected(&request, member.version)?;
    let actor = actor(&user, &request);
    api.app
        .organizations
        .remove_member(&actor, view.organization.id, member.user, expected)
        .await?;
    Ok(HttpResponse::NoContent().finish())
}
