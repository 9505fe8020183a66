use actix_web::{HttpRequest, HttpResponse, get, web};
use vestibule_domain::messages::Author;

use crate::api::Api;
use crate::auth::User;
use crate::native::messages::PATH;
use crate::native::messages::object::MessageObject;
use crate::paging::{Listing, PageParams, Query, own_size};
use crate::problem::Problem;

/// List your messages.
///
/// All of them, newest first.
#[utoipa::path(
    context_path = "",
    tag = "messages",
    params(PageParams),
    responses((status = 200, description = "A page of messages.", body = Listing<MessageObject>)),
    security(("bearer" = []), ("api_key" = []), ("cookie" = [])),
)]
#[get("/")]
pub(crate) async fn list_messages(
    request: HttpRequest,
    user: User,
    api: web::Data<Api>,
) -> Result<HttpResponse, Problem> {
    let mut query = Query::of(&request)?;
    let wanted = query.page(own_size(&user.account))?;
    let page = api.app.messages.list_own(user.id(), wanted).await?;
    let author = Author::from(&*user.account);
    let shape = |message| MessageObject::of(message, &author);
    Ok(query.answer(&api, PATH, &wanted, &page, |message| message.id, shape))
}
