use actix_web::{HttpRequest, HttpResponse, get, web};

use crate::answer::Representation;
use crate::api::Api;
use crate::auth::SessionUser;
use crate::native::identities::find;
use crate::native::identities::object::IdentityObject;
use crate::params::Uid;
use crate::problem::Problem;

/// Get a linked identity.
#[utoipa::path(
    context_path = "",
    tag = "identities",
    params(Uid),
    responses((status = 200, description = "The identity.", body = IdentityObject)),
    security(("bearer" = []), ("cookie" = [])),
)]
#[get("/me/identities/{uid}/")]
pub(crate) async fn get_identity(
    request: HttpRequest,
    user: SessionUser,
    api: web::Data<Api>,
) -> Result<HttpResponse, Problem> {
    let identity = find(&api, &user, &request).await?;
    Ok(Representation::of(&IdentityObject::from(&identity)).get(&request))
}
