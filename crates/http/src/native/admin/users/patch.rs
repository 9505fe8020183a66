use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, patch, web};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use vestibule_domain::credentials::StepUpError;
use vestibule_domain::kernel::Secret;
use vestibule_domain::users::{AdministerUser, OtherId};

use crate::api::Api;
use crate::auth::{Caller, StaffCaller};
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

fn read(object: Map<String, Value>) -> Result<(AdministerUser, Option<Secret>), Problem> {
    Fields::read(object, READ_ONLY, |f| {
        let can_manage = f.optional("can_manage_api_environment", boolean);
        let is_admin = f.optional("is_admin", boolean);
        let other_id = f.patch("other_id", string(OtherId::parse));
        let password = f.optional("current_password", secret);
        let change = AdministerUser {
            can_manage_api_environment: can_manage?,
            is_admin: is_admin?,
            other_id: other_id?,
            ..AdministerUser::default()
        };
        Ok((change, password?))
    })
}

/// Makes sure that it is the administrator who makes staff. That no key does
/// is the domain's rule; a key has no password, so none can be right.
async fn step_up(
    api: &Api,
    caller: &Caller,
    is_needed: bool,
    password: Option<&Secret>,
) -> Result<(), StepUpError> {
    match caller {
        Caller::User(signed_in) if is_needed || password.is_some() => {
            api.app.credentials.step_up(signed_in, password).await
        }
        Caller::Key(_) if password.is_some() && !is_needed => Err(StepUpError::Incorrect),
        Caller::User(_) | Caller::Key(_) => Ok(()),
    }
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
    let (mut change, password) = read(body.read(AUTH_LIMIT).await?.changes()?)?;
    // What was got may be sent back: a right that stays as it is needs no step-up.
    change.is_admin = change.is_admin.filter(|new| *new != account.is_admin);
    let expected =
        AdminUser::representation(&account, &api.app).expected(&request, account.version)?;
    let is_needed = change.is_admin.is_some();
    step_up(&api, &caller.caller, is_needed, password.as_ref()).await?;
    let updated = api
        .app
        .users
        .administer(&caller.staff, account.id, change, expected)
        .await?;
    Ok(AdminUser::representation(&updated, &api.app).answer(StatusCode::OK))
}
