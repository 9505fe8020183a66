use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, post, web};
use utoipa::ToSchema;
use vestibule_domain::api_keys::CreatedKey;
use vestibule_domain::credentials::Proof;

use crate::api::Api;
use crate::auth::{KeyOwner, origin};
use crate::body::{AUTH_LIMIT, Body};
use crate::fields::{Fields, secret};
use crate::idempotency::{KeptAnswer, answer_once};
use crate::native::api_keys::find;
use crate::native::api_keys::object::KeyWithSecret;
use crate::params::{IdempotencyKey, Uid};
use crate::problem::Problem;

/// Who asks for a new secret.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "documents what the handler reads")]
pub(crate) struct Rotation {
    /// Your password, unless you signed in within 5 minutes.
    #[schema(write_only, min_length = 1, max_length = 256, nullable = false)]
    current_password: Option<String>,
}

fn answer(_: &Api, created: &CreatedKey) -> KeptAnswer {
    KeptAnswer::plain(StatusCode::OK, &KeyWithSecret::from(created))
}

/// Replace the secret of an API key.
///
/// The key keeps its uid, name and scopes; the old secret is dead at once, and
/// the new one is shown this once.
#[utoipa::path(
    context_path = "",
    tag = "api-keys",
    params(Uid, IdempotencyKey),
    request_body = Option<Rotation>,
    responses((status = 200, description = "The key.", body = KeyWithSecret)),
    security(("bearer" = []), ("cookie" = [])),
)]
#[post("/{uid}/rotate/")]
pub(crate) async fn rotate_api_key(
    request: HttpRequest,
    owner: KeyOwner,
    api: web::Data<Api>,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let key = find(&api, &owner, &request).await?;
    let body = body.read(AUTH_LIMIT).await?;
    let password = Fields::read(body.object()?, &[], |f| {
        f.optional("current_password", secret)
    })?;
    let scope = owner.once_scope();
    let (app, origin) = (&api.app, origin(&request));
    answer_once(&api, &request, scope, &body, answer, async |once| {
        let caller = owner.0.signed_in();
        let proof = Proof::Demanded(password.as_ref());
        let proof = app.credentials.step_up(caller, proof).await?;
        let rotated = app
            .api_keys
            .rotate(&owner.0, proof, &key, &origin, once)
            .await?;
        Ok::<_, Problem>(rotated)
    })
    .await
}
