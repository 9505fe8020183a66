use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, post, web};
use utoipa::ToSchema;
use vestibule_domain::kernel::Invalid;
use vestibule_domain::organizations::{OrganizationView, Permission};

use crate::api::Api;
use crate::auth::User;
use crate::body::{Body, JSON_LIMIT};
use crate::fields::{Fields, string};
use crate::idempotency::{KeptAnswer, answer_once};
use crate::native::organizations::object::OrganizationObject;
use crate::native::organizations::{actor, find_for};
use crate::params::{IdempotencyKey, Uid};
use crate::problem::Problem;

/// The member who is to own the organization.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"user": "usr_01jabcdefghjkmnpqrstvwxyz0"}))]
#[expect(dead_code, reason = "documents what the handler reads")]
pub(crate) struct Transfer {
    /// Another member, by uid.
    #[schema(pattern = "^usr_[0-9a-z]{26}$")]
    user: String,
}

/// Why nobody is passed the ownership to.
pub(in crate::native) fn no_other_member() -> Invalid {
    Invalid::new(
        "no_other_member",
        "Name another member of the organization by their uid.",
    )
}

fn answer(_: &Api, view: &OrganizationView) -> KeptAnswer {
    KeptAnswer::object(StatusCode::OK, &OrganizationObject::from(view))
}

/// Transfer an organization.
///
/// The named member becomes an owner, and you an admin. A company of yours
/// that has no other organization goes along. For owners.
#[utoipa::path(
    context_path = "",
    tag = "organizations",
    params(Uid, IdempotencyKey),
    request_body = Transfer,
    responses(
        (status = 200, description = "The organization, as you see it now.", body = OrganizationObject),
    ),
    security(("bearer" = []), ("api_key" = []), ("cookie" = [])),
)]
#[post("/{uid}/transfer/")]
pub(crate) async fn transfer_organization(
    request: HttpRequest,
    user: User,
    api: web::Data<Api>,
    body: Body,
) -> Result<HttpResponse, Problem> {
    // Only who may delete it may give it away; the rule looks again. Not for
    // a retry: who has given it away is an admin by then.
    let view = find_for(Permission::MembersUpdate, &api, &user, &request).await?;
    let body = body.read(JSON_LIMIT).await?;
    let to = Fields::read(body.object()?, &[], |f| {
        f.required(
            "user",
            string(|uid| uid.parse().map_err(|_| no_other_member())),
        )
    })?;
    let actor = actor(&user, &request);
    let organization = view.organization.id;
    let scope = user.once_scope();
    answer_once(&api, &request, scope, &body, answer, |once| {
        api.app
            .organizations
            .transfer(&actor, organization, to, once)
    })
    .await
}
