use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, post, web};

use crate::answer::Representation;
use crate::api::Api;
use crate::auth::{SessionUser, origin};
use crate::native::identities::find;
use crate::native::identities::object::IdentityObject;
use crate::params::Uid;
use crate::problem::Problem;

/// Verify a linked identity.
///
/// Asks the provider again, and refreshes what it gave us. A provider that
/// refuses makes the identity `broken`; it signs nobody in then, until the
/// provider confirms it again.
#[utoipa::path(
    context_path = "",
    tag = "identities",
    params(Uid),
    responses(
        (status = 200, description = "The identity, active or broken.", body = IdentityObject),
        (status = 409, description = "The provider is not in use any more.", body = crate::problem::ProblemDocument, content_type = "application/problem+json"),
    ),
    security(("bearer" = []), ("cookie" = [])),
)]
#[post("/me/identities/{uid}/verify/")]
pub(crate) async fn verify_identity(
    request: HttpRequest,
    user: SessionUser,
    api: web::Data<Api>,
) -> Result<HttpResponse, Problem> {
    let identity = find(&api, &user, &request).await?;
    let identities = &api.app.identities;
    let identity = identities
        .verify(&user.0, identity.id, &origin(&request))
        .await?;
    Ok(Representation::of(&IdentityObject::from(&identity)).answer(StatusCode::OK))
}
