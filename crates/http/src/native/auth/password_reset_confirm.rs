use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, post, web};
use utoipa::ToSchema;
use vestibule_domain::credentials::ConfirmReset;

use crate::answer;
use crate::api::Api;
use crate::auth::origin;
use crate::body::{AUTH_LIMIT, Body};
use crate::fields::{Fields, secret, string};
use crate::native::auth::Detail;
use crate::native::user::password::matching;
use crate::problem::Problem;

/// A new password, by the link that was mailed.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "documents what the handler reads")]
pub(crate) struct ConfirmResetRequest {
    /// `uid` of the link.
    #[schema(min_length = 1)]
    uid: String,
    /// `token` of the link.
    #[schema(min_length = 1)]
    token: String,
    /// New password.
    #[schema(write_only, min_length = 8, max_length = 256)]
    new_password1: String,
    /// The new password again.
    #[schema(write_only, min_length = 8, max_length = 256)]
    new_password2: String,
}

/// Set a new password by a mailed link.
///
/// Every session of the user ends, and the address counts as verified.
#[utoipa::path(
    context_path = "",
    tag = "auth",
    request_body = ConfirmResetRequest,
    responses((status = 200, description = "The password is set.", body = Detail)),
)]
#[post("/password/reset/confirm/")]
pub(crate) async fn password_reset_confirm(
    request: HttpRequest,
    api: web::Data<Api>,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let object = body.read(AUTH_LIMIT).await?.object()?;
    let reset = Fields::read(object, &[], |f| {
        // What is no uid at all is as good as an unknown one.
        let uid = f.required("uid", string(|text| Ok(text.parse().ok())));
        let token = f.required("token", secret);
        let password1 = f.required("new_password1", secret);
        let password2 = f.required("new_password2", secret);
        let password = matching(f, "new_password2", password1, password2);
        Ok(ConfirmReset {
            user: uid?,
            token: token?,
            password: password?,
        })
    })?;
    api.app
        .credentials
        .confirm_reset(reset, &origin(&request))
        .await?;
    let detail = Detail::new("Password has been reset with the new password.");
    Ok(answer::json(StatusCode::OK, &detail))
}
