use actix_web::{HttpRequest, HttpResponse, delete, web};
use vestibule_domain::kernel::Version;

use crate::answer::Representation;
use crate::api::Api;
use crate::auth::{SessionUser, origin};
use crate::native::contact::find;
use crate::native::contact::object::EmailChangeObject;
use crate::params::IfMatch;
use crate::problem::Problem;

/// Give up the change of the e-mail address.
///
/// Its link and its code are dead.
#[utoipa::path(
    context_path = "",
    tag = "contact",
    params(IfMatch),
    responses(
        (status = 204, description = "There is no change any more."),
        (status = 404, description = "There is none.", body = crate::problem::ProblemDocument, content_type = "application/problem+json"),
    ),
    security(("bearer" = []), ("cookie" = [])),
)]
#[delete("/me/email-change/")]
pub(crate) async fn cancel_email_change(
    request: HttpRequest,
    user: SessionUser,
    api: web::Data<Api>,
) -> Result<HttpResponse, Problem> {
    let change = find(&api, &user).await?;
    let seen = Representation::of(&EmailChangeObject::from(&change));
    // A change has no version; when it was asked for tells it from others.
    let version = Version(change.created_at.as_micros());
    let expected = seen.expected(&request, version)?.map(|_| change.created_at);
    api.app
        .contact
        .cancel_email_change(&user.0, expected, &origin(&request))
        .await?;
    Ok(HttpResponse::NoContent().finish())
}
