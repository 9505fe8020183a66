use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, post, web};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use vestibule_domain::api_keys::{CreateKey, CreatedKey, KeyName, Scope};
use vestibule_domain::credentials::Proof;
use vestibule_domain::kernel::{Secret, Timestamp};

use crate::api::Api;
use crate::auth::{KeyOwner, origin};
use crate::body::{AUTH_LIMIT, Body};
use crate::fields::{Fields, secret, string, strings};
use crate::idempotency::{KeptAnswer, answer_once};
use crate::native::api_keys::PATH;
use crate::native::api_keys::object::KeyWithSecret;
use crate::params::IdempotencyKey;
use crate::problem::Problem;

/// A key to make.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "nightly export", "expires_at": "2099-01-31T00:00:00Z"}))]
#[expect(dead_code, reason = "documents what `read` reads")]
pub(crate) struct NewKey {
    /// What it is for.
    #[schema(min_length = 1, max_length = 100)]
    name: String,
    /// What it may do: `app`, and from administrators `admin`, `users:read`,
    /// `users:write` and `introspect`. Without scopes it acts for its owner.
    #[schema(nullable = false, example = json!(["app"]))]
    scopes: Option<Vec<String>>,
    /// When it ends; without one it does not end by itself.
    #[schema(format = DateTime)]
    expires_at: Option<String>,
    /// Your password, unless you signed in within 5 minutes.
    #[schema(write_only, min_length = 1, max_length = 256, nullable = false)]
    current_password: Option<String>,
}

fn read(object: Map<String, Value>) -> Result<(CreateKey, Option<Secret>), Problem> {
    Fields::read(object, &[], |f| {
        let name = f.required("name", string(KeyName::parse));
        let scopes = f.optional("scopes", strings(Scope::parse, Ok));
        let expires_at = f.nullable("expires_at", string(Timestamp::parse));
        let password = f.optional("current_password", secret);
        let create = CreateKey {
            name: name?,
            scopes: scopes?.unwrap_or_default(),
            expires_at: expires_at?,
        };
        Ok((create, password?))
    })
}

fn answer(api: &Api, created: &CreatedKey) -> KeptAnswer {
    let location = api.location(PATH, created.key.id);
    KeptAnswer::secret(StatusCode::CREATED, location, &KeyWithSecret::from(created))
}

/// Make an API key.
///
/// The key is shown this once. Without scopes it acts for you, except on
/// password, e-mail, phone, sessions, identities, second factors, keys,
/// deletion and export; with scopes it may do what they say, and nothing else.
#[utoipa::path(
    context_path = "",
    tag = "api-keys",
    request_body = NewKey,
    params(IdempotencyKey),
    responses((status = 201, description = "The new key.", body = KeyWithSecret)),
    security(("bearer" = []), ("cookie" = [])),
)]
#[post("/")]
pub(crate) async fn create_api_key(
    request: HttpRequest,
    owner: KeyOwner,
    api: web::Data<Api>,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let body = body.read(AUTH_LIMIT).await?;
    let (create, password) = read(body.object()?)?;
    let scope = owner.once_scope();
    let (app, origin) = (&api.app, origin(&request));
    answer_once(&api, &request, scope, &body, answer, async |once| {
        let caller = owner.0.signed_in();
        let proof = Proof::Demanded(password.as_ref());
        let proof = app.credentials.step_up(caller, proof).await?;
        let created = app
            .api_keys
            .create(&owner.0, proof, create, &origin, once)
            .await?;
        Ok::<_, Problem>(created)
    })
    .await
}
