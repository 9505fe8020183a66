use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, post, web};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use vestibule_domain::organizations::{Invited, InvitedRole, Permission, SendInvitation};
use vestibule_domain::users::EmailAddress;

use crate::api::Api;
use crate::auth::User;
use crate::body::{Body, JSON_LIMIT};
use crate::fields::{Fields, string};
use crate::idempotency::{KeptAnswer, answer_once};
use crate::native::invitations::object::InvitationObject;
use crate::native::invitations::path;
use crate::native::organizations::{actor, find_for};
use crate::params::{IdempotencyKey, Uid};
use crate::problem::Problem;

/// Who is invited.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"email": "jane@example.com", "role": "member"}))]
#[expect(dead_code, reason = "documents what `read` reads")]
pub(crate) struct NewInvitation {
    /// The address; the letter goes there.
    #[schema(format = Email, max_length = 254)]
    email: String,
    /// The role that it gives: admin or member.
    #[schema(pattern = "^(admin|member)$")]
    role: String,
}

fn read(object: Map<String, Value>) -> Result<SendInvitation, Problem> {
    Fields::read(object, &[], |f| {
        let email = f.required("email", string(EmailAddress::parse));
        let role = f.required("role", string(InvitedRole::parse));
        Ok(SendInvitation {
            email: email?,
            role: role?,
        })
    })
}

fn answer(api: &Api, invited: &Invited) -> KeptAnswer {
    let invitation = &invited.invitation;
    let object = InvitationObject::of(invitation, api.app.organizations.clock.now());
    if invited.created {
        let list = path(invitation.organization);
        KeptAnswer::created(api.location(&list, invitation.id), &object)
    } else {
        KeptAnswer::object(StatusCode::OK, &object)
    }
}

/// Invite an address.
///
/// It gets a letter with a link that is good for 7 days. An address that is
/// invited already gets a new one, and the old one is dead. Whether the address
/// has an account is not told. For owners and admins.
#[utoipa::path(
    context_path = "",
    tag = "organizations",
    params(Uid, IdempotencyKey),
    request_body = NewInvitation,
    responses(
        (status = 201, description = "The new invitation.", body = InvitationObject),
        (status = 200, description = "The invitation that went out again.", body = InvitationObject),
    ),
    security(("bearer" = []), ("api_key" = []), ("cookie" = [])),
)]
#[post("/{uid}/invitations/")]
pub(crate) async fn create_invitation(
    request: HttpRequest,
    user: User,
    api: web::Data<Api>,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let view = find_for(Permission::MembersInvite, &api, &user, &request).await?;
    let body = body.read(JSON_LIMIT).await?;
    let send = read(body.object()?)?;
    let actor = actor(&user, &request);
    let username = &user.account.username;
    let scope = user.once_scope();
    answer_once(&api, &request, scope, &body, answer, |once| {
        api.app
            .organizations
            .invite(&actor, username, &view, send, once)
    })
    .await
}
