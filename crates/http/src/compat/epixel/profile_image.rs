use actix_web::http::StatusCode;
use actix_web::{HttpResponse, post, web};
use utoipa::ToSchema;
use vestibule_domain::avatars::Upload;

use super::credentials::{AppKey, AppUser};
use super::error::{Failure, Refusal};
use super::form;
use super::shapes::{Answer, ImageUrl};
use crate::answer;
use crate::api::Api;
use crate::body::Body;
use crate::problem::Problem;

/// The picture, and what the client cut out of it to be shown.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents what the handler reads")]
pub(super) struct ProfileImage {
    /// The whole picture.
    #[schema(value_type = String, format = Binary)]
    image: Vec<u8>,
    /// What is shown of it.
    #[schema(value_type = String, format = Binary)]
    cropped_image: Vec<u8>,
}

async fn upload(user: AppUser, api: web::Data<Api>, body: Body) -> Result<HttpResponse, Failure> {
    // Bodies of 5 MiB must not add up without bounds.
    let _place = api
        .uploads
        .try_acquire()
        .map_err(|_| Problem::unavailable())?;
    let [file, crop] = form::files(body, ["image", "cropped_image"]).await?;
    let upload = Upload {
        file,
        crop: Some(crop),
    };
    let limit = api.config.compat.epixel_images;
    let avatars = &api.app.avatars;
    let account = avatars
        .upload_within(&user.0.account, upload, limit)
        .await?;
    let data = ImageUrl {
        image_url: avatars.url(&account).unwrap_or_default(),
    };
    Ok(answer::json(StatusCode::OK, &Answer::of(data)))
}

/// Upload a profile image.
#[utoipa::path(
    context_path = "",
    tag = "user profile",
    params(AppKey),
    request_body(content = ProfileImage, content_type = "multipart/form-data"),
    responses(
        (status = 200, description = "Where the picture is.", body = Answer<ImageUrl>),
        (status = 400, description = "A file is missing or no picture.", body = Refusal),
        (status = 401, description = "A header is missing or not valid.", body = Refusal),
        (status = 429, description = "Too many pictures in 24 hours.", body = Refusal),
    ),
    security(("bearer" = [])),
)]
#[post("/api/v1/user/profile-image/")]
pub(super) async fn upload_image(
    user: AppUser,
    api: web::Data<Api>,
    body: Body,
) -> Result<HttpResponse, Failure> {
    upload(user, api, body).await
}

/// The same at the path that the document's samples have.
#[utoipa::path(
    context_path = "",
    tag = "user profile",
    params(AppKey),
    request_body(content = ProfileImage, content_type = "multipart/form-data"),
    responses(
        (status = 200, description = "Where the picture is.", body = Answer<ImageUrl>),
        (status = 400, description = "A file is missing or no picture.", body = Refusal),
        (status = 401, description = "A header is missing or not valid.", body = Refusal),
        (status = 429, description = "Too many pictures in 24 hours.", body = Refusal),
    ),
    security(("bearer" = [])),
)]
#[post("/api/v1/user/profile/profile-image/")]
pub(super) async fn upload_image_of_samples(
    user: AppUser,
    api: web::Data<Api>,
    body: Body,
) -> Result<HttpResponse, Failure> {
    upload(user, api, body).await
}
