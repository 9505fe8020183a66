use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, patch, web};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use vestibule_domain::credentials::ChangeRights;
use vestibule_domain::users::OtherId;

use crate::api::Api;
use crate::auth::StaffCaller;
use crate::body::{AUTH_LIMIT, Body};
use crate::fields::{Fields, boolean, secret, string};
use crate::native::admin::users::find;
use crate::native::admin::users::object::AdminUser;
use crate::params::{IfMatch, Uid};
use crate::problem::Problem;

/// What a client may send back unchanged, having got it.
const READ_ONLY: &[&str] = &[
    "uid",
    "username",
    "email",
    "first_name",
    "last_name",
    "phone_number",
    "email_verified",
    "preferences",
    "organization",
    "listing_eligibility",
    "avatar_url",
    "bio",
    "customer_status",
    "default_visibility",
    "created_at",
    "updated_at",
    "is_suspended",
    "suspended_at",
    "last_seen_at",
    "features",
];

/// The fields to change; read-only ones are ignored.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"can_manage_api_environment": true}), min_properties = 1)]
#[expect(dead_code, reason = "documents what `read` reads")]
pub(crate) struct AdministerRequest {
    /// Whether the user may make API keys.
    #[schema(nullable = false)]
    can_manage_api_environment: Option<bool>,
    /// Whether the user is staff. Changed in an administrator's session only,
    /// not by a key, after a login within 5 minutes or with `current_password`.
    #[schema(nullable = false)]
    is_admin: Option<bool>,
    /// The account's id in another system.
    #[schema(min_length = 1, max_length = 255)]
    other_id: Option<String>,
    /// Your own password.
    #[schema(write_only, min_length = 1, max_length = 256, nullable = false)]
    current_password: Option<String>,
}

fn read(object: Map<String, Value>) -> Result<ChangeRights, Problem> {
    Fields::read(object, READ_ONLY, |f| {
        let can_manage = f.optional("can_manage_api_environment", boolean);
        let is_admin = f.optional("is_admin", boolean);
        let other_id = f.patch("other_id", string(OtherId::parse));
        let password = f.optional("current_password", secret);
        Ok(ChangeRights {
            can_manage_api_environment: can_manage?,
            is_admin: is_admin?,
            other_id: other_id?,
            current_password: password?,
        })
    })
}

/// Update a user.
///
/// Sets the fields that are sent; null clears `other_id`.
#[utoipa::path(
    context_path = "",
    tag = "admin",
    params(Uid, IfMatch),
    request_body = AdministerRequest,
    responses((status = 200, description = "The user.", body = AdminUser)),
    security(("bearer" = []), ("api_key" = []), ("cookie" = [])),
)]
#[patch("/users/{uid}/")]
pub(crate) async fn update_user(
    request: HttpRequest,
    caller: StaffCaller,
    api: web::Data<Api>,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let account = find(&api, &caller, &request).await?;
    let change = read(body.read(AUTH_LIMIT).await?.changes()?)?;
    let expected =
        AdminUser::representation(&account, &api.app).expected(&request, account.version)?;
    let updated = api
        .app
        .credentials
        .change_rights(&caller.staff, &account, change, expected)
        .await?;
    Ok(AdminUser::representation(&updated, &api.app).answer(StatusCode::OK))
}
