use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, post, web};
use serde::Serialize;
use utoipa::ToSchema;
use vestibule_domain::credentials::LoginError;
use vestibule_domain::identities::{BeginError, ProviderError, ProviderKind};

use crate::answer;
use crate::api::Api;
use crate::body::{AUTH_LIMIT, Body};
use crate::native::identities::cookie::{DepartureAnswer, departs};
use crate::native::identities::{BeginRequest, ProviderPath, provider, read_instance, read_login};
use crate::problem::Problem;

/// A code to exchange for a session within a minute.
#[derive(Serialize, ToSchema)]
pub(crate) struct CodeAnswer<'a> {
    /// The code; it works once.
    code: &'a str,
}

/// Where to go, or the code itself.
#[derive(ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "documents what the handler answers")]
pub(crate) enum StartAnswer<'a> {
    /// Where to go.
    Departure(DepartureAnswer<'a>),
    /// By password.
    Code(CodeAnswer<'a>),
}

/// Sign in with an identity.
///
/// Answers the provider's page to open in this browser, which has a cookie for
/// it now; the browser comes back to the front end with `?code=`, to be
/// exchanged for a session, or `?error=`. bluesky takes name and app password
/// instead, and answers the code at once.
#[utoipa::path(
    context_path = "",
    tag = "auth",
    params(ProviderPath),
    request_body = Option<BeginRequest>,
    responses(
        (status = 200, description = "Where to go; by password, `code` instead.", body = StartAnswer),
    ),
)]
#[post("/identities/{provider}/start/")]
pub(crate) async fn start_sign_in(
    request: HttpRequest,
    api: web::Data<Api>,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let (provider, kind) = provider(&api, &request)?;
    let object = body.read(AUTH_LIMIT).await?.object()?;
    let identities = &api.app.identities;
    if kind == ProviderKind::Password {
        let login = read_login(object)?;
        return match identities.sign_in_by_password(provider, &login).await {
            Ok(code) => Ok(answer::json(
                StatusCode::OK,
                &CodeAnswer {
                    code: code.expose(),
                },
            )),
            Err(BeginError::Provider(ProviderError::Refused)) => {
                Err(LoginError::InvalidCredentials.into())
            }
            Err(error) => Err(error.into()),
        };
    }
    let instance = read_instance(kind, object)?;
    let departure = identities.begin_sign_in(provider, instance).await?;
    departs(&api, &departure)
}
