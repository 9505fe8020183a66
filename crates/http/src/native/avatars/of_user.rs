use actix_web::{HttpRequest, HttpResponse, get, web};
use utoipa::IntoParams;
use vestibule_domain::avatars::Placeholder;
use vestibule_domain::users::Username;

use crate::api::Api;
use crate::native::avatars::media::AvatarSizes;
use crate::native::avatars::picture::{Keep, generated, size, stored};
use crate::problem::Problem;

/// Names a user in the path.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "documents what the handler reads")]
pub(crate) struct Name {
    /// The username, in any letter case.
    #[param(min_length = 3, max_length = 30, pattern = "^[A-Za-z0-9_.-]+$")]
    username: String,
}

/// Get a user's picture.
///
/// The avatar, or else a picture made of the username, whether there is such a
/// user or not.
#[utoipa::path(
    context_path = "",
    tag = "avatars",
    params(Name, AvatarSizes),
    responses(
        (status = 200, description = "The picture.", content(
            (Vec<u8> = "image/webp"),
            (String = "image/svg+xml"),
        )),
    ),
)]
#[get("/api/v1/users/{username}/avatar/")]
pub(crate) async fn get_user_avatar(
    request: HttpRequest,
    api: web::Data<Api>,
) -> Result<HttpResponse, Problem> {
    let name = Username::parse(request.match_info().query("username"));
    let name = name.map_err(|_| Problem::not_found())?;
    let size = size(&request)?;
    if let Some(key) = api.app.avatars.of_user(&name).await?
        && let Some(found) = stored(&request, &api, &key, size, &Keep::Shortly).await?
    {
        return Ok(found);
    }
    Ok(generated(&request, &Placeholder::of(&name), size))
}
