use actix_web::{HttpResponse, post, web};
use utoipa::ToSchema;
use vestibule_domain::avatars::{MAX_FILE_BYTES, Upload};

use crate::api::Api;
use crate::auth::User;
use crate::body::Body;
use crate::multipart::files;
use crate::native::avatars::{Avatar, answer};
use crate::problem::Problem;

/// The picture, at most 5 MiB in all.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "documents what the handler reads")]
pub(crate) struct AvatarUpload {
    /// A PNG, JPEG, WebP or GIF image (of which the first picture is taken),
    /// at most 4096 pixels a side and 16 megapixels.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
    /// What was cut out of it to be shown. Without one the middle of the
    /// picture is.
    #[schema(value_type = Option<String>, format = Binary, nullable = false)]
    crop: Option<Vec<u8>>,
}

/// Upload an avatar.
///
/// It is turned upright, freed of all metadata, and kept as WebP squares of 64,
/// 256 and 1024 pixels.
#[utoipa::path(
    context_path = "",
    tag = "avatars",
    request_body(content = AvatarUpload, content_type = "multipart/form-data"),
    responses((status = 200, description = "Where the avatar is.", body = Avatar)),
    security(("bearer" = []), ("api_key" = []), ("cookie" = [])),
)]
#[post("/me/avatar/")]
pub(crate) async fn upload_avatar(
    user: User,
    api: web::Data<Api>,
    body: Body,
) -> Result<HttpResponse, Problem> {
    // Bodies of 5 MiB must not add up without bounds.
    let _place = api
        .uploads
        .try_acquire()
        .map_err(|_| Problem::unavailable())?;
    let [file, crop] = files(body, ["file", "crop"], MAX_FILE_BYTES).await?;
    let upload = Upload {
        file: file.unwrap_or_default(),
        crop,
    };
    let account = api.app.avatars.upload(&user.account, upload).await?;
    Ok(answer(&api, &account))
}
