use actix_web::{HttpRequest, HttpResponse, get, web};

use crate::api::Api;
use crate::auth::StaffCaller;
use crate::native::admin::users::find;
use crate::native::admin::users::object::AdminUser;
use crate::params::Uid;
use crate::problem::Problem;

/// Get a user.
#[utoipa::path(
    context_path = "",
    tag = "admin",
    params(Uid),
    responses((status = 200, description = "The user.", body = AdminUser)),
    security(("bearer" = []), ("api_key" = []), ("cookie" = [])),
)]
#[get("/users/{uid}/")]
pub(crate) async fn get_user(
    request: HttpRequest,
    caller: StaffCaller,
    api: web::Data<Api>,
) -> Result<HttpResponse, Problem> {
    let account = find(&api, &caller, &request).await?;
    Ok(AdminUser::representation(&account, &api.app).get(&request))
}
