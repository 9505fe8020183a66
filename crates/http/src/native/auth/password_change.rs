use actix_web::{HttpRequest, HttpResponse, post, web};
use utoipa::ToSchema;

use crate::api::Api;
use crate::auth::SessionUser;
use crate::body::{AUTH_LIMIT, Body};
use crate::native::auth::Detail;
use crate::native::user::password::{FieldNames, change_password, read};
use crate::problem::Problem;

/// A change of one's own password.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "documents what `read` reads")]
pub(crate) struct PasswordChangeRequest {
    /// Current password; an account without one leaves it out.
    #[schema(write_only, min_length = 1, max_length = 256, required)]
    old_password: String,
    /// New password.
    #[schema(write_only, min_length = 8, max_length = 256)]
    new_password1: String,
    /// The new password again.
    #[schema(write_only, min_length = 8, max_length = 256)]
    new_password2: String,
}

const NAMES: FieldNames = FieldNames {
    current: "old_password",
    new: "new_password1",
    confirm: "new_password2",
};

/// Change the password.
///
/// Every other session of the user ends, with its tokens; this one stays.
#[utoipa::path(
    context_path = "",
    tag = "auth",
    request_body = PasswordChangeRequest,
    responses((status = 200, description = "The password is changed.", body = Detail)),
    security(("bearer" = []), ("cookie" = [])),
)]
#[post("/password/change/")]
pub(crate) async fn password_change(
    request: HttpRequest,
    user: SessionUser,
    api: web::Data<Api>,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let change = read(body.read(AUTH_LIMIT).await?.object()?, &NAMES)?;
    change_password(&api, &request, &user, change).await
}
