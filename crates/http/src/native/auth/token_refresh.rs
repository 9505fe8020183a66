use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, post, web};
use utoipa::ToSchema;

use crate::answer;
use crate::api::Api;
use crate::auth::origin;
use crate::body::{AUTH_LIMIT, Body};
use crate::fields::{Fields, secret};
use crate::native::auth::session::Tokens;
use crate::problem::Problem;

/// A refresh token to exchange.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "documents what the handler reads")]
pub(crate) struct RefreshRequest {
    /// Refresh token.
    #[schema(min_length = 1)]
    refresh: String,
}

/// Refresh the tokens.
///
/// Exchanges a refresh token for its successor and a fresh access token.
/// Replays within 10 seconds get the same successor; a later one ends the session.
#[utoipa::path(
    context_path = "",
    tag = "auth",
    request_body = RefreshRequest,
    responses((status = 200, description = "New tokens.", body = Tokens)),
)]
#[post("/token/refresh/")]
pub(crate) async fn token_refresh(
    request: HttpRequest,
    api: web::Data<Api>,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let object = body.read(AUTH_LIMIT).await?.object()?;
    let refresh = Fields::read(object, &[], |f| f.required("refresh", secret))?;
    let grant = api
        .app
        .sessions
        .refresh(&refresh, &origin(&request))
        .await?;
    Ok(answer::json(StatusCode::OK, &Tokens::from(&grant)))
}
