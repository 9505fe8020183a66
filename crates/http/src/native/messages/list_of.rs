use actix_web::{HttpRequest, HttpResponse, get, web};
use utoipa::IntoParams;
use vestibule_domain::users::Username;

use crate::api::Api;
use crate::auth::User;
use crate::native::messages::object::MessageObject;
use crate::paging::{Listing, PageParams, Query, own_size};
use crate::problem::Problem;

/// Whose messages are wanted.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "documents what the handler reads")]
pub(crate) struct AuthorName {
    /// The author's username, in any case.
    username: String,
}

/// List a user's messages.
///
/// The public ones, newest first; of your own all.
#[utoipa::path(
    context_path = "",
    tag = "messages",
    params(AuthorName, PageParams),
    responses((status = 200, description = "A page of messages.", body = Listing<MessageObject>)),
    security(("bearer" = []), ("api_key" = []), ("cookie" = [])),
)]
#[get("/api/v1/users/{username}/messages/")]
pub(crate) async fn list_messages_of(
    request: HttpRequest,
    user: User,
    api: web::Data<Api>,
) -> Result<HttpResponse, Problem> {
    let named = request.match_info().query("username");
    let author = Username::parse(named).map_err(|_| Problem::not_found())?;
    let mut query = Query::of(&request)?;
    let wanted = query.page(own_size(&user.account))?;
    let messages = &api.app.messages;
    let found = messages.list_of(user.id(), &author, wanted).await?;
    let (author, page) = found.ok_or_else(Problem::not_found)?;
    let path = format!("/api/v1/users/{}/messages/", author.username);
    let shape = |message| MessageObject::of(message, &author);
    Ok(query.answer(&api, &path, &wanted, &page, |message| message.id, shape))
}
