use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, post, web};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use vestibule_domain::credentials::ChangePassword;
use vestibule_domain::kernel::{Invalid, Secret};

use crate::answer;
use crate::api::Api;
use crate::auth::{SessionUser, origin};
use crate::body::{AUTH_LIMIT, Body};
use crate::cookies;
use crate::fields::{Fields, secret};
use crate::native::auth::Detail;
use crate::problem::Problem;

/// A change of one's own password.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(
    dead_code,
    clippy::struct_field_names,
    reason = "documents what `read` reads"
)]
pub(crate) struct PasswordChange {
    /// Current password; an account without one leaves it out.
    #[schema(write_only, min_length = 1, max_length = 256, required)]
    current_password: String,
    /// New password.
    #[schema(write_only, min_length = 8, max_length = 256)]
    new_password: String,
    /// Must match `new_password`.
    #[schema(write_only, min_length = 8, max_length = 256)]
    confirm_password: String,
}

/// Names of the three fields, which differ between the two doors.
pub(crate) struct FieldNames {
    pub(crate) current: &'static str,
    pub(crate) new: &'static str,
    pub(crate) confirm: &'static str,
}

const NAMES: FieldNames = FieldNames {
    current: "current_password",
    new: "new_password",
    confirm: "confirm_password",
};

/// Reads a password change by the field names of its door.
pub(crate) fn read(
    object: Map<String, Value>,
    names: &FieldNames,
) -> Result<ChangePassword, Problem> {
    Fields::read(object, &[], |f| {
        let current = f.nullable(names.current, secret);
        let new = f.required(names.new, secret);
        let confirm = f.required(names.confirm, secret);
        let new = matching(f, names.confirm, new, confirm);
        Ok(ChangePassword {
            current: current?,
            new: new?,
            device: None,
            current_field: names.current,
            new_field: names.new,
        })
    })
}

/// Two passwords that must be the same.
pub(crate) fn matching<E: From<crate::fields::Refused>>(
    fields: &mut Fields,
    confirm_name: &str,
    new: Result<Secret, E>,
    confirm: Result<Secret, E>,
) -> Result<Secret, E> {
    let (new, confirm) = (new?, confirm?);
    if new.expose() == confirm.expose() {
        return Ok(new);
    }
    let mismatch = Invalid::new("mismatch", "The two passwords do not match.");
    Ok(fields.refuse(confirm_name, mismatch)?)
}

/// Change the password.
///
/// Every other session of the user ends, with its tokens; this one stays.
#[utoipa::path(
    context_path = "",
    tag = "user",
    request_body = PasswordChange,
    responses((status = 200, description = "The password is changed.", body = Detail)),
    security(("bearer" = []), ("cookie" = [])),
)]
#[post("/password/")]
pub(crate) async fn password(
    request: HttpRequest,
    user: SessionUser,
    api: web::Data<Api>,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let change = read(body.read(AUTH_LIMIT).await?.object()?, &NAMES)?;
    change_password(&api, &request, &user, change).await
}

/// Changes the password; the same behind both doors.
pub(crate) async fn change_password(
    api: &Api,
    request: &HttpRequest,
    user: &SessionUser,
    mut change: ChangePassword,
) -> Result<HttpResponse, Problem> {
    change.device = cookies::device(api, request);
    let device = api
        .app
        .credentials
        .change_password(&user.0, change, &origin(request))
        .await?;
    let detail = Detail::new("New password has been saved.");
    let mut response = answer::json(StatusCode::OK, &detail);
    cookies::keep_device(api, &mut response, device.as_ref())?;
    Ok(response)
}
