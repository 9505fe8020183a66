//! The user's picture: from a file, and from an address.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, post, web};
use utoipa::ToSchema;
use vestibule_domain::avatars::{ImageUrl, MAX_FILE_BYTES, Upload};
use vestibule_domain::users::Account;

use super::error::Failure;
use super::shapes::{ErrorObject, UserWithAvatar};
use crate::answer;
use crate::api::Api;
use crate::auth::User;
use crate::body::{Body, JSON_LIMIT};
use crate::fields::{Fields, string};
use crate::multipart::known_files;
use crate::problem::Problem;

/// The picture.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents what the handler reads")]
pub(super) struct AvatarFile {
    /// A PNG, JPEG, WebP or GIF image.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
}

/// Upload a new avatar image.
#[utoipa::path(
    context_path = "",
    tag = "users and profile",
    request_body(content = AvatarFile, content_type = "multipart/form-data"),
    responses(
        (status = 200, description = "The user, with the picture.", body = UserWithAvatar),
        ErrorObject,
    ),
    security(("bearer" = []), ("api_key" = []), ("cookie" = [])),
)]
#[post("/api/user/avatar/upload/")]
pub(super) async fn upload_avatar(
    user: User,
    api: web::Data<Api>,
    body: Body,
) -> Result<HttpResponse, Failure> {
    let places = api.uploads.try_acquire();
    let _place = places.map_err(|_| Problem::unavailable())?;
    let [file] = known_files(body, ["file"], MAX_FILE_BYTES).await?;
    let upload = Upload {
        file: file.unwrap_or_default(),
        crop: None,
    };
    let account = api.app.avatars.upload(&user.account, upload).await?;
    Ok(shown(&api, &account))
}

/// Where the picture is to be fetched from.
#[derive(ToSchema)]
#[schema(example = json!({"url": "https://example.com/your-photo.jpg"}))]
#[expect(dead_code, reason = "documents what the handler reads")]
pub(super) struct AvatarSource {
    /// The http or https address of a public image.
    #[schema(format = "uri")]
    url: String,
}

/// Set the avatar from a URL.
#[utoipa::path(
    context_path = "",
    tag = "users and profile",
    request_body = AvatarSource,
    responses(
        (status = 200, description = "The user, with the picture.", body = UserWithAvatar),
        ErrorObject,
    ),
    security(("bearer" = []), ("api_key" = []), ("cookie" = [])),
)]
#[post("/api/user/avatar/from-url/")]
pub(super) async fn avatar_from_url(
    user: User,
    api: web::Data<Api>,
    body: Body,
) -> Result<HttpResponse, Failure> {
    let object = body.read(JSON_LIMIT).await?.object()?;
    let url = Fields::read_known(object, |f| f.required("url", string(ImageUrl::parse)))?;
    let places = api.uploads.try_acquire();
    let _place = places.map_err(|_| Problem::unavailable())?;
    let account = api.app.avatars.from_url(&user.account, &url).await?;
    Ok(shown(&api, &account))
}

fn shown(api: &Api, account: &Account) -> HttpResponse {
    let avatar_url = api.app.avatars.url(account);
    answer::json(StatusCode::OK, &UserWithAvatar::of(account, avatar_url))
}
