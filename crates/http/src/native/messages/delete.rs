use actix_web::{HttpRequest, HttpResponse, delete, web};
use vestibule_domain::kernel::Version;
use vestibule_domain::messages::Author;

use crate::answer::Representation;
use crate::api::{Api, uid};
use crate::auth::User;
use crate::native::messages::object::MessageObject;
use crate::params::{IfMatch, Uid};
use crate::problem::Problem;

/// Delete a message.
#[utoipa::path(
    context_path = "",
    tag = "messages",
    params(Uid, IfMatch),
    responses((status = 204, description = "The message is gone.")),
    security(("bearer" = []), ("api_key" = []), ("cookie" = [])),
)]
#[delete("/{uid}/")]
pub(crate) async fn delete_message(
    request: HttpRequest,
    user: User,
    api: web::Data<Api>,
) -> Result<HttpResponse, Problem> {
    let messages = &api.app.messages;
    let message = messages.find_own(user.id(), uid(&request)?).await?;
    let message = message.ok_or_else(Problem::not_found)?;
    let author = Author::from(&*user.account);
    // A message never changes: whoever has seen it has seen its only state.
    Representation::of(&MessageObject::of(&message, &author)).expected(&request, Version(1))?;
    messages.delete(user.id(), message.id).await?;
    Ok(HttpResponse::NoContent().finish())
}
