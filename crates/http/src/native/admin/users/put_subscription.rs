use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, put, web};
use utoipa::ToSchema;
use vestibule_domain::users::CustomerStatus;

use crate::api::Api;
use crate::auth::StaffCaller;
use crate::body::{Body, JSON_LIMIT};
use crate::fields::{Fields, string};
use crate::native::admin::users::find;
use crate::native::admin::users::object::AdminUser;
use crate::params::{IfMatch, Uid};
use crate::problem::Problem;

/// What the user pays for.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"customer_status": "subscriber:monthly"}))]
#[expect(dead_code, reason = "documents what the handler reads")]
pub(crate) struct Subscription {
    /// free, subscriber, subscriber:monthly or subscriber:annual.
    #[schema(pattern = "^(free|subscriber|subscriber:monthly|subscriber:annual)$")]
    customer_status: String,
}

/// Set a user's subscription.
#[utoipa::path(
    context_path = "",
    tag = "admin",
    params(Uid, IfMatch),
    request_body = Subscription,
    responses((status = 200, description = "The user.", body = AdminUser)),
    security(("bearer" = []), ("api_key" = []), ("cookie" = [])),
)]
#[put("/users/{uid}/subscription/")]
pub(crate) async fn set_subscription(
    request: HttpRequest,
    caller: StaffCaller,
    api: web::Data<Api>,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let account = find(&api, &caller, &request).await?;
    let object = body.read(JSON_LIMIT).await?.object()?;
    let status = Fields::read(object, &[], |f| {
        f.required("customer_status", string(CustomerStatus::parse))
    })?;
    let expected =
        AdminUser::representation(&account, &api.app).expected(&request, account.version)?;
    let updated = api
        .app
        .users
        .set_subscription(&caller.staff, account.id, status, expected)
        .await?;
    Ok(AdminUser::representation(&updated, &api.app).answer(StatusCode::OK))
}
