use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, post, web};

use crate::api::{Api, uid};
use crate::auth::StaffCaller;
use crate::native::admin::users::object::AdminUser;
use crate::params::Uid;
use crate::problem::Problem;

/// Lift a suspension.
///
/// Sessions that it ended stay ended.
#[utoipa::path(
    context_path = "",
    tag = "admin",
    params(Uid),
    responses((status = 200, description = "The user.", body = AdminUser)),
    security(("bearer" = []), ("api_key" = []), ("cookie" = [])),
)]
#[post("/users/{uid}/unsuspend/")]
pub(crate) async fn unsuspend_user(
    request: HttpRequest,
    caller: StaffCaller,
    api: web::Data<Api>,
) -> Result<HttpResponse, Problem> {
    let user = uid(&request)?;
    let updated = api.app.users.unsuspend(&caller.staff, user).await?;
    Ok(AdminUser::representation(&updated, &api.app).answer(StatusCode::OK))
}
