use std::sync::LazyLock;

use actix_web::http::StatusCode;
use actix_web::web::Bytes;
use actix_web::{HttpResponse, get};
use vestibule_domain::local_info::LocalInfo;

use super::credentials::{AppKey, AppUser};
use super::error::Refusal;
use super::shapes::{Answer, Lists};
use crate::answer;

/// Rendered once: the lists change with a release only.
static RENDERED: LazyLock<Bytes> = LazyLock::new(|| {
    let info = LocalInfo::all();
    // Texts alone cannot fail to serialize.
    let lists = serde_json::to_vec(&Answer::of(Lists::from(&info)));
    lists.unwrap_or_default().into()
});

/// Get the lists of currencies, languages and time zones.
#[utoipa::path(
    context_path = "",
    tag = "local info",
    params(AppKey),
    responses(
        (status = 200, description = "The lists.", body = Answer<Lists>),
        (status = 401, description = "A header is missing or not valid.", body = Refusal),
    ),
    security(("bearer" = [])),
)]
#[get("/api/v1/get/local-info/")]
pub(super) async fn get_local_info(_: AppUser) -> HttpResponse {
    answer::rendered(StatusCode::OK, RENDERED.clone())
}
