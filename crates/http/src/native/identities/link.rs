use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, post, web};
use utoipa::ToSchema;
use vestibule_domain::idempotency::OnceScope;
use vestibule_domain::identities::{Linked, ProviderKind};

use crate::api::Api;
use crate::auth::{SessionUser, origin};
use crate::body::{AUTH_LIMIT, Body};
use crate::idempotency::{KeptAnswer, answer_once};
use crate::native::identities::cookie::{DepartureAnswer, departs};
use crate::native::identities::object::IdentityObject;
use crate::native::identities::{
    BeginRequest, PATH, ProviderPath, provider, read_instance, read_login,
};
use crate::params::IdempotencyKey;
use crate::problem::Problem;

/// Where to go, or what was linked already.
#[derive(ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "documents what the handler answers")]
pub(crate) enum LinkAnswer<'a> {
    /// Where to go.
    Departure(DepartureAnswer<'a>),
    /// By password.
    Identity(IdentityObject<'a>),
}

fn answer(api: &Api, linked: &Linked) -> KeptAnswer {
    let object = IdentityObject::from(&linked.identity);
    if linked.created {
        KeptAnswer::created(api.location(PATH, linked.identity.id), &object)
    } else {
        KeptAnswer::object(StatusCode::OK, &object)
    }
}

/// Link an identity.
///
/// Answers the provider's page to open in this browser, which has a cookie for
/// it now; the browser comes back to the front end with `?linked=` and the
/// identity's uid, or `?error=`. bluesky takes name and app password instead,
/// and is linked at once.
#[utoipa::path(
    context_path = "",
    tag = "identities",
    params(ProviderPath, IdempotencyKey),
    request_body = Option<BeginRequest>,
    responses(
        (status = 200, description = "Where to go; or, by password, the identity that was linked already.", body = LinkAnswer),
        (status = 201, description = "By password: the new identity.", body = IdentityObject),
    ),
    security(("bearer" = []), ("cookie" = [])),
)]
#[post("/me/identities/{provider}/link/")]
pub(crate) async fn link_identity(
    request: HttpRequest,
    user: SessionUser,
    api: web::Data<Api>,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let (provider, kind) = provider(&api, &request)?;
    let body = body.read(AUTH_LIMIT).await?;
    let identities = &api.app.identities;
    if kind == ProviderKind::Password {
        let login = read_login(body.object()?)?;
        let scope = OnceScope::User(user.0.account.id);
        let origin = origin(&request);
        return answer_once(&api, &request, scope, &body, answer, |once| {
            identities.link_by_password(&user.0, provider, &login, &origin, once)
        })
        .await;
    }
    let instance = read_instance(kind, body.object()?)?;
    let departure = identities.begin_link(&user.0, provider, instance).await?;
    departs(&api, &departure)
}
