use actix_web::{HttpRequest, HttpResponse, get, web};
use utoipa::IntoParams;
use vestibule_domain::avatars::AvatarKey;

use crate::api::Api;
use crate::native::avatars::picture::{Keep, size, stored};
use crate::problem::Problem;

/// Names a picture in the path.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "documents what the handler reads")]
pub(crate) struct AvatarFile {
    /// The key and `.webp`, as in `avatar_url`.
    #[param(pattern = r"^[0-9a-f]{64}\.webp$")]
    file: String,
}

/// Picks a size; read by [`size`].
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what `size` reads")]
pub(crate) struct AvatarSizes {
    /// Pixels a side of the square: 64, 256 (the default) or 1024; or `full`
    /// for the whole picture where the squares were cut out by a crop.
    #[param(nullable = false, pattern = "^(64|256|1024|full)$")]
    size: Option<String>,
}

/// Get an avatar.
///
/// The same for ever: another picture has another address.
#[utoipa::path(
    context_path = "",
    tag = "avatars",
    params(AvatarFile, AvatarSizes),
    responses((status = 200, description = "The picture.", body = Vec<u8>, content_type = "image/webp")),
)]
#[get("/{file}/")]
pub(crate) async fn get_avatar(
    request: HttpRequest,
    api: web::Data<Api>,
) -> Result<HttpResponse, Problem> {
    let key = request
        .match_info()
        .query("file")
        .strip_suffix(".webp")
        .and_then(|key| AvatarKey::parse(key).ok())
        .ok_or_else(Problem::not_found)?;
    let size = size(&request)?;
    let found = stored(&request, &api, &key, size, &Keep::Forever).await?;
    found.ok_or_else(Problem::not_found)
}
