use actix_web::{HttpRequest, HttpResponse, delete, web};
use utoipa::ToSchema;
use vestibule_domain::credentials::Proof;

use crate::api::Api;
use crate::auth::SessionUser;
use crate::body::{AUTH_LIMIT, Body};
use crate::cookies;
use crate::fields::{Fields, secret};
use crate::params::IfMatch;
use crate::problem::Problem;

/// Who asks for the deletion.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"current_password": "correct horse battery"}))]
#[expect(dead_code, reason = "documents what the handler reads")]
pub(crate) struct AccountDeletion {
    /// Your password; not needed within 5 minutes of a login.
    #[schema(write_only, min_length = 1, max_length = 256, nullable = false)]
    current_password: Option<String>,
}

/// Delete your account.
///
/// For good, with everything that belongs to it; 409 while you are the only
/// owner of an organization with other members. The address and the username
/// can be registered again at once.
#[utoipa::path(
    context_path = "",
    tag = "user",
    request_body = Option<AccountDeletion>,
    params(IfMatch),
    responses((status = 204, description = "Nothing of the account is left.")),
    security(("bearer" = []), ("cookie" = [])),
)]
#[delete("/me/")]
pub(crate) async fn delete_me(
    request: HttpRequest,
    user: SessionUser,
    api: web::Data<Api>,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let object = body.read(AUTH_LIMIT).await?.object()?;
    let password = Fields::read(object, &[], |f| f.optional("current_password", secret))?;
    let account = &user.0.account;
    // What comes between this look and the deletion is deleted along.
    api.me
        .representation(account, &api.app)
        .expected(&request, account.version)?;
    let personal_data = &api.app.personal_data;
    personal_data
        .delete_account(&user.0, Proof::Demanded(password.as_ref()))
        .await?;
    let mut response = HttpResponse::NoContent().finish();
    cookies::sign_out(&api, &mut response)?;
    Ok(response)
}
