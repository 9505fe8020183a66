use actix_web::{HttpRequest, HttpResponse, delete, web};

use crate::api::Api;
use crate::auth::User;
use crate::params::IfMatch;
use crate::problem::Problem;

/// Remove the avatar.
///
/// `If-Match` takes the entity tag of the user object. Without an avatar
/// nothing changes.
#[utoipa::path(
    context_path = "",
    tag = "avatars",
    params(IfMatch),
    responses((status = 204, description = "The user has no avatar.")),
    security(("bearer" = []), ("api_key" = []), ("cookie" = [])),
)]
#[delete("/me/avatar/")]
pub(crate) async fn delete_avatar(
    request: HttpRequest,
    user: User,
    api: web::Data<Api>,
) -> Result<HttpResponse, Problem> {
    let account = &user.account;
    let expected = api
        .me
        .representation(account, &api.app)
        .expected(&request, account.version)?;
    api.app.avatars.remove(account, expected).await?;
    Ok(HttpResponse::NoContent().finish())
}
