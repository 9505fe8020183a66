use actix_web::{HttpRequest, HttpResponse, delete, web};
use utoipa::ToSchema;
use vestibule_domain::credentials::Proof;

use crate::answer::Representation;
use crate::api::Api;
use crate::auth::{SessionUser, origin};
use crate::body::{AUTH_LIMIT, Body};
use crate::fields::{Fields, secret};
use crate::native::identities::find;
use crate::native::identities::object::IdentityObject;
use crate::params::{IfMatch, Uid};
use crate::problem::Problem;

/// Proof of who asks, where the login is not recent.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "documents what the handler reads")]
pub(crate) struct UnlinkRequest {
    /// Your password.
    #[schema(write_only, min_length = 1, max_length = 256, nullable = false)]
    current_password: Option<String>,
}

/// Unlink an identity.
///
/// Forgets what the provider gave us. Needs a login within 5 minutes, or
/// `current_password`; the last way to log in stays (409).
#[utoipa::path(
    context_path = "",
    tag = "identities",
    params(Uid, IfMatch),
    request_body = Option<UnlinkRequest>,
    responses((status = 204, description = "The identity is unlinked.")),
    security(("bearer" = []), ("cookie" = [])),
)]
#[delete("/me/identities/{uid}/")]
pub(crate) async fn unlink_identity(
    request: HttpRequest,
    user: SessionUser,
    api: web::Data<Api>,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let identity = find(&api, &user, &request).await?;
    let object = body.read(AUTH_LIMIT).await?.object()?;
    let password = Fields::read(object, &[], |f| f.optional("current_password", secret))?;
    let seen = Representation::of(&IdentityObject::from(&identity));
    let expected = seen.expected(&request, identity.version)?;
    api.app
        .identities
        .unlink(
            &user.0,
            &identity,
            Proof::Demanded(password.as_ref()),
            expected,
            &origin(&request),
        )
        .await?;
    Ok(HttpResponse::NoContent().finish())
}
