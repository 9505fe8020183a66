use actix_web::{HttpRequest, HttpResponse, delete, web};

use crate::answer::Representation;
use crate::api::Api;
use crate::auth::{KeyOwner, origin};
use crate::native::api_keys::find;
use crate::native::api_keys::object::KeyObject;
use crate::params::{IfMatch, Uid};
use crate::problem::Problem;

/// Delete an API key.
///
/// It is dead at once. What was counted of its use stays.
#[utoipa::path(
    context_path = "",
    tag = "api-keys",
    params(Uid, IfMatch),
    responses((status = 204, description = "The key is dead.")),
    security(("bearer" = []), ("cookie" = [])),
)]
#[delete("/{uid}/")]
pub(crate) async fn delete_api_key(
    request: HttpRequest,
    owner: KeyOwner,
    api: web::Data<Api>,
) -> Result<HttpResponse, Problem> {
    let key = find(&api, &owner, &request).await?;
    let seen = Representation::of(&KeyObject::from(&key));
    let expected = seen.expected(&request, key.version)?;
    let keys = &api.app.api_keys;
    keys.revoke(&owner.0, &key, expected, &origin(&request))
        .await?;
    Ok(HttpResponse::NoContent().finish())
}
