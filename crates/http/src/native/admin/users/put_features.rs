use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, put, web};

use crate::api::Api;
use crate::auth::StaffCaller;
use crate::body::{Body, JSON_LIMIT};
use crate::native::admin::users::find;
use crate::native::admin::users::object::AdminUser;
use crate::params::{IfMatch, Uid};
use crate::problem::Problem;

/// Set a user's features.
///
/// Replaces all of them by a free JSON object of at most 16 KiB and 8 levels.
#[utoipa::path(
    context_path = "",
    tag = "admin",
    params(Uid, IfMatch),
    request_body(content = serde_json::Map<String, serde_json::Value>, example = json!({"beta": true})),
    responses((status = 200, description = "The user.", body = AdminUser)),
    security(("bearer" = []), ("api_key" = []), ("cookie" = [])),
)]
#[put("/users/{uid}/features/")]
pub(crate) async fn set_features(
    request: HttpRequest,
    caller: StaffCaller,
    api: web::Data<Api>,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let account = find(&api, &caller, &request).await?;
    let features = body.read(JSON_LIMIT).await?.object()?;
    let expected =
        AdminUser::representation(&account, &api.app).expected(&request, account.version)?;
    let updated = api
        .app
        .users
        .set_features(&caller.staff, account.id, features, expected)
        .await?;
    Ok(AdminUser::representation(&updated, &api.app).answer(StatusCode::OK))
}
