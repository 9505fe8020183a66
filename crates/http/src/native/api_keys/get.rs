use actix_web::{HttpRequest, HttpResponse, get, web};

use crate::answer::Representation;
use crate::api::Api;
use crate::auth::KeyOwner;
use crate::native::api_keys::find;
use crate::native::api_keys::object::KeyObject;
use crate::params::Uid;
use crate::problem::Problem;

/// Get an API key.
#[utoipa::path(
    context_path = "",
    tag = "api-keys",
    params(Uid),
    responses((status = 200, description = "The key.", body = KeyObject)),
    security(("bearer" = []), ("cookie" = [])),
)]
#[get("/{uid}/")]
pub(crate) async fn get_api_key(
    request: HttpRequest,
    owner: KeyOwner,
    api: web::Data<Api>,
) -> Result<HttpResponse, Problem> {
    let key = find(&api, &owner, &request).await?;
    Ok(Representation::of(&KeyObject::from(&key)).get(&request))
}
