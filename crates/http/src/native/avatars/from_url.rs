use actix_web::{HttpResponse, post, web};
use utoipa::ToSchema;
use vestibule_domain::avatars::ImageUrl;

use crate::api::Api;
use crate::auth::User;
use crate::body::{Body, JSON_LIMIT};
use crate::fields::{Fields, string};
use crate::native::avatars::{Avatar, answer};
use crate::problem::Problem;

/// Where the picture is to be fetched from.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"url": "https://images.example.com/me.jpg"}))]
#[expect(dead_code, reason = "documents what the handler reads")]
pub(crate) struct AvatarSource {
    /// The http or https address of a public image.
    #[schema(min_length = 1, max_length = 2048, format = "uri")]
    url: String,
}

/// Take an avatar from a URL.
///
/// The image is fetched once, within 10 seconds, from a public address. What is
/// wrong with an address is not told.
#[utoipa::path(
    context_path = "",
    tag = "avatars",
    request_body = AvatarSource,
    responses((status = 200, description = "Where the avatar is.", body = Avatar)),
    security(("bearer" = []), ("api_key" = []), ("cookie" = [])),
)]
#[post("/me/avatar/from-url/")]
pub(crate) async fn avatar_from_url(
    user: User,
    api: web::Data<Api>,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let object = body.read(JSON_LIMIT).await?.object()?;
    let url = Fields::read(object, &[], |f| f.required("url", string(ImageUrl::parse)))?;
    // What is fetched counts like what is sent.
    let _place = api
        .uploads
        .try_acquire()
        .map_err(|_| Problem::unavailable())?;
    let account = api.app.avatars.from_url(&user.account, &url).await?;
    Ok(answer(&api, &account))
}
