use actix_web::{HttpRequest, HttpResponse, get, web};
use vestibule_domain::organizations::Permission;

use crate::api::Api;
use crate::auth::User;
use crate::native::invitations::object::InvitationObject;
use crate::native::invitations::path;
use crate::native::organizations::find_for;
use crate::paging::{Listing, PageParams, Query, own_size};
use crate::params::Uid;
use crate::problem::Problem;

/// List the invitations to an organization.
///
/// Newest first, kept for 90 days after they end. For owners and admins.
#[utoipa::path(
    context_path = "",
    tag = "organizations",
    params(Uid, PageParams),
    responses(
        (status = 200, description = "A page of invitations.", body = Listing<InvitationObject>),
    ),
    security(("bearer" = []), ("api_key" = []), ("cookie" = [])),
)]
#[get("/{uid}/invitations/")]
pub(crate) async fn list_invitations(
    request: HttpRequest,
    user: User,
    api: web::Data<Api>,
) -> Result<HttpResponse, Problem> {
    let view = find_for(Permission::MembersInvite, &api, &user, &request).await?;
    let mut query = Query::of(&request)?;
    let wanted = query.page(own_size(&user.account))?;
    let organizations = &api.app.organizations;
    let page = organizations.list_invitations(&view, wanted).await?;
    let now = organizations.clock.now();
    let shape = |invitation| InvitationObject::of(invitation, now);
    let path = path(view.organization.id);
    Ok(query.answer(&api, &path, &wanted, &page, |sent| sent.id, shape))
}
