use actix_web::{HttpRequest, HttpResponse, get, web};

use crate::answer::Representation;
use crate::api::Api;
use crate::auth::User;
use crate::native::organizations::find;
use crate::native::organizations::object::OrganizationObject;
use crate::params::Uid;
use crate::problem::Problem;

/// Get an organization.
#[utoipa::path(
    context_path = "",
    tag = "organizations",
    params(Uid),
    responses((status = 200, description = "The organization.", body = OrganizationObject)),
    security(("bearer" = []), ("api_key" = []), ("cookie" = [])),
)]
#[get("/{uid}/")]
pub(crate) async fn get_organization(
    request: HttpRequest,
    user: User,
    api: web::Data<Api>,
) -> Result<HttpResponse, Problem> {
    let view = find(&api, &user, &request).await?;
    Ok(Representation::of(&OrganizationObject::from(&view)).get(&request))
}
