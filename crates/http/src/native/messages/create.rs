use actix_web::{HttpRequest, HttpResponse, post, web};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use vestibule_domain::messages::{Author, Message, MessageBody, PostMessage};
use vestibule_domain::users::{Account, Visibility};

use crate::api::Api;
use crate::auth::User;
use crate::body::{Body, JSON_LIMIT};
use crate::fields::{Fields, string};
use crate::idempotency::{Attempt, KeptAnswer, begin};
use crate::native::messages::PATH;
use crate::native::messages::object::MessageObject;
use crate::params::IdempotencyKey;
use crate::problem::Problem;

/// A message to post.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"body": "Two new records in.", "visibility": "public"}))]
#[expect(dead_code, reason = "documents what `read` reads")]
pub(crate) struct NewMessage {
    /// What it says: at most as many characters as your preference
    /// `max_message_length`, several lines.
    #[schema(
        min_length = 1,
        max_length = 10000,
        pattern = "^(\\r\\n|[^\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f])*[^\\s\\x00-\\x1f\\x7f-\\x9f](\\r\\n|[^\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f])*$"
    )]
    body: String,
    /// public or private; your `default_visibility` without it.
    #[schema(pattern = "^(public|private)$", nullable = false)]
    visibility: Option<String>,
}

fn read(object: Map<String, Value>, author: &Account) -> Result<PostMessage, Problem> {
    let limit = author.preferences.max_message_length;
    Fields::read(object, &[], |f| {
        let body = f.required("body", string(|raw| MessageBody::within(raw, limit)));
        let visibility = f.optional("visibility", string(Visibility::parse));
        Ok(PostMessage {
            body: body?,
            visibility: visibility?,
        })
    })
}

fn answer(api: &Api, message: &Message, author: &Author) -> KeptAnswer {
    let location = api.location(PATH, message.id);
    KeptAnswer::created(location, &MessageObject::of(message, author))
}

/// Post a message.
#[utoipa::path(
    context_path = "",
    tag = "messages",
    request_body = NewMessage,
    params(IdempotencyKey),
    responses((status = 201, description = "The message.", body = MessageObject)),
    security(("bearer" = []), ("api_key" = []), ("cookie" = [])),
)]
#[post("/")]
pub(crate) async fn post_message(
    request: HttpRequest,
    user: User,
    api: web::Data<Api>,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let body = body.read(JSON_LIMIT).await?;
    let post = read(body.object()?, &user.account)?;
    let permit = match begin(&api, &request, user.once_scope(), &body).await? {
        Attempt::Replay(response) => return Ok(response),
        Attempt::Run(permit) => permit,
    };
    let author = Author::from(&*user.account);
    let (kept_by, kept_of) = (api.clone(), author.clone());
    let once = permit.once(move |message| answer(&kept_by, message, &kept_of));
    let message = api.app.messages.post(&user.account, post, once).await?;
    Ok(answer(&api, &message, &author).respond())
}
