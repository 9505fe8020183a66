use actix_web::{HttpRequest, HttpResponse, delete, web};
use vestibule_domain::organizations::Permission;

use crate::answer::Representation;
use crate::api::{Api, named};
use crate::auth::User;
use crate::native::invitations::object::InvitationObject;
use crate::native::organizations::{actor, find_for};
use crate::params::{IfMatch, InvitationUid, Uid};
use crate::problem::Problem;

/// Revoke an invitation.
///
/// Its link is dead. For owners and admins.
#[utoipa::path(
    context_path = "",
    tag = "organizations",
    params(Uid, InvitationUid, IfMatch),
    responses(
        (status = 204, description = "The invitation is revoked."),
        (status = 409, description = "It was accepted or revoked, or has expired.", body = crate::problem::ProblemDocument, content_type = "application/problem+json"),
    ),
    security(("bearer" = []), ("api_key" = []), ("cookie" = [])),
)]
#[delete("/{uid}/invitations/{invitation}/")]
pub(crate) async fn revoke_invitation(
    request: HttpRequest,
    user: User,
    api: web::Data<Api>,
) -> Result<HttpResponse, Problem> {
    let view = find_for(Permission::MembersInvite, &api, &user, &request).await?;
    let organizations = &api.app.organizations;
    let invitation = organizations
        .find_invitation(&view, named(&request, "invitation")?)
        .await?;
    let now = organizations.clock.now();
    let seen = Representation::of(&InvitationObject::of(&invitation, now));
    // Only a pending one is revoked, so it has no version of its own.
    seen.expected(&request, view.organization.version)?;
    let actor = actor(&user, &request);
    organizations
        .revoke(&actor, view.organization.id, invitation.id)
        .await?;
    Ok(HttpResponse::NoContent().finish())
}
