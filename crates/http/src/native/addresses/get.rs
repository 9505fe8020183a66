use actix_web::{HttpRequest, HttpResponse, get, web};

use crate::answer::Representation;
use crate::api::Api;
use crate::auth::User;
use crate::native::addresses::find;
use crate::native::addresses::object::AddressObject;
use crate::params::Uid;
use crate::problem::Problem;

/// Get an address.
#[utoipa::path(
    context_path = "",
    tag = "addresses",
    params(Uid),
    responses((status = 200, description = "The address.", body = AddressObject)),
    security(("bearer" = []), ("api_key" = []), ("cookie" = [])),
)]
#[get("/me/addresses/{uid}/")]
pub(crate) async fn get_address(
    request: HttpRequest,
    user: User,
    api: web::Data<Api>,
) -> Result<HttpResponse, Problem> {
    let address = find(&api, &user, &request).await?;
    Ok(Representation::of(&AddressObject::from(&address)).get(&request))
}
