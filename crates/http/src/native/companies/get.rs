use actix_web::{HttpRequest, HttpResponse, get, web};

use crate::answer::Representation;
use crate::api::Api;
use crate::auth::User;
use crate::native::companies::find;
use crate::native::companies::object::CompanyObject;
use crate::params::Uid;
use crate::problem::Problem;

/// Get a company.
///
/// For its owner, and for members of its organizations.
#[utoipa::path(
    context_path = "",
    tag = "companies",
    params(Uid),
    responses((status = 200, description = "The company.", body = CompanyObject)),
    security(("bearer" = []), ("api_key" = []), ("cookie" = [])),
)]
#[get("/{uid}/")]
pub(crate) async fn get_company(
    request: HttpRequest,
    user: User,
    api: web::Data<Api>,
) -> Result<HttpResponse, Problem> {
    let company = find(&api, &user, &request).await?;
    Ok(Representation::of(&CompanyObject::from(&company)).get(&request))
}
