use actix_web::{HttpRequest, HttpResponse, delete, web};

use crate::answer::Representation;
use crate::api::Api;
use crate::auth::User;
use crate::native::addresses::find;
use crate::native::addresses::object::AddressObject;
use crate::params::{IfMatch, Uid};
use crate::problem::Problem;

/// Delete an address.
///
/// When it was the primary one, the oldest that is left takes over.
#[utoipa::path(
    context_path = "",
    tag = "addresses",
    params(Uid, IfMatch),
    responses((status = 204, description = "The address is gone.")),
    security(("bearer" = []), ("api_key" = []), ("cookie" = [])),
)]
#[delete("/me/addresses/{uid}/")]
pub(crate) async fn delete_address(
    request: HttpRequest,
    user: User,
    api: web::Data<Api>,
) -> Result<HttpResponse, Problem> {
    let address = find(&api, &user, &request).await?;
    let seen = Representation::of(&AddressObject::from(&address));
    let expected = seen.expected(&request, address.version)?;
    api.app
        .addresses
        .delete(user.id(), address.id, expected)
        .await?;
    Ok(HttpResponse::NoContent().finish())
}
