use actix_web::{HttpRequest, HttpResponse, get, web};

use crate::api::Api;
use crate::auth::User;
use crate::native::members::object::MemberObject;
use crate::native::organizations::find;
use crate::paging::{Listing, PageParams, Query, own_size};
use crate::params::Uid;
use crate::problem::Problem;

/// List the members of an organization.
///
/// The latest first. Addresses are for owners and admins.
#[utoipa::path(
    context_path = "",
    tag = "organizations",
    params(Uid, PageParams),
    responses((status = 200, description = "A page of members.", body = Listing<MemberObject>)),
    security(("bearer" = []), ("api_key" = []), ("cookie" = [])),
)]
#[get("/{uid}/members/")]
pub(crate) async fn list_members(
    request: HttpRequest,
    user: User,
    api: web::Data<Api>,
) -> Result<HttpResponse, Problem> {
    let view = find(&api, &user, &request).await?;
    let mut query = Query::of(&request)?;
    let wanted = query.page(own_size(&user.account))?;
    let page = api.app.organizations.list_members(&view, wanted).await?;
    let path = format!("/api/v1/organizations/{}/members/", view.organization.id);
    let shape = |member| MemberObject::of(member, &view, &api.app.avatars);
    Ok(query.answer(&api, &path, &wanted, &page, |member| member.id, shape))
}
