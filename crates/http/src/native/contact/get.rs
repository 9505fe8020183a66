use actix_web::{HttpRequest, HttpResponse, get, web};

use crate::answer::Representation;
use crate::api::Api;
use crate::auth::SessionUser;
use crate::native::contact::find;
use crate::native::contact::object::EmailChangeObject;
use crate::problem::Problem;

/// Get the pending change of the e-mail address.
///
/// 404 when there is none.
#[utoipa::path(
    context_path = "",
    tag = "contact",
    responses(
        (status = 200, description = "The change.", body = EmailChangeObject),
        (status = 404, description = "There is none.", body = crate::problem::ProblemDocument, content_type = "application/problem+json"),
    ),
    security(("bearer" = []), ("cookie" = [])),
)]
#[get("/me/email-change/")]
pub(crate) async fn get_email_change(
    request: HttpRequest,
    user: SessionUser,
    api: web::Data<Api>,
) -> Result<HttpResponse, Problem> {
    let change = find(&api, &user).await?;
    Ok(Representation::of(&EmailChangeObject::from(&change)).get(&request))
}
