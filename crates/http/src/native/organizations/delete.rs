use actix_web::{HttpRequest, HttpResponse, delete, web};
use vestibule_domain::organizations::Permission;

use crate::answer::Representation;
use crate::api::Api;
use crate::auth::User;
use crate::native::organizations::object::OrganizationObject;
use crate::native::organizations::{actor, find_for};
use crate::params::{IfMatch, Uid};
use crate::problem::Problem;

/// Delete an organization.
///
/// With all its memberships and invitations, and its company when that has no
/// other organization. For owners.
#[utoipa::path(
    context_path = "",
    tag = "organizations",
    params(Uid, IfMatch),
    responses((status = 204, description = "The organization is gone.")),
    security(("bearer" = []), ("api_key" = []), ("cookie" = [])),
)]
#[delete("/{uid}/")]
pub(crate) async fn delete_organization(
    request: HttpRequest,
    user: User,
    api: web::Data<Api>,
) -> Result<HttpResponse, Problem> {
    let view = find_for(Permission::OrganizationDelete, &api, &user, &request).await?;
    let seen = Representation::of(&OrganizationObject::from(&view));
    let organization = view.organization;
    let expected = seen.expected(&request, organization.version)?;
    let actor = actor(&user, &request);
    api.app
        .organizations
        .delete(&actor, organization.id, expected)
        .await?;
    Ok(HttpResponse::NoContent().finish())
}
