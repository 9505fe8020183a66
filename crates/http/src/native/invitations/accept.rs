use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, post, web};
use utoipa::ToSchema;
use vestibule_domain::organizations::OrganizationView;

use crate::api::Api;
use crate::auth::User;
use crate::body::{AUTH_LIMIT, Body};
use crate::fields::{Fields, secret};
use crate::idempotency::{KeptAnswer, answer_once};
use crate::native::organizations::actor;
use crate::native::organizations::object::OrganizationObject;
use crate::params::IdempotencyKey;
use crate::problem::Problem;

/// The token of the letter.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "documents what the handler reads")]
pub(crate) struct AcceptInvitation {
    /// Single-use token.
    #[schema(write_only, min_length = 1)]
    token: String,
}

fn answer(_: &Api, view: &OrganizationView) -> KeptAnswer {
    KeptAnswer::object(StatusCode::OK, &OrganizationObject::from(view))
}

/// Accept an invitation.
///
/// Your verified address must be the invited one.
#[utoipa::path(
    context_path = "",
    tag = "organizations",
    params(IdempotencyKey),
    request_body = AcceptInvitation,
    responses(
        (status = 200, description = "The organization that you joined.", body = OrganizationObject),
    ),
    security(("bearer" = []), ("api_key" = []), ("cookie" = [])),
)]
#[post("/invitations/accept/")]
pub(crate) async fn accept_invitation(
    request: HttpRequest,
    user: User,
    api: web::Data<Api>,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let body = body.read(AUTH_LIMIT).await?;
    let token = Fields::read(body.object()?, &[], |f| f.required("token", secret))?;
    let actor = actor(&user, &request);
    let scope = user.once_scope();
    answer_once(&api, &request, scope, &body, answer, |once| {
        let organizations = &api.app.organizations;
        let (actor, token) = (&actor, &token);
        async move { organizations.accept(actor, token, once).await }
    })
    .await
}
