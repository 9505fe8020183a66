use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, patch, web};
use utoipa::ToSchema;
use vestibule_domain::organizations::{Permission, Role};

use crate::api::Api;
use crate::auth::User;
use crate::body::{Body, JSON_LIMIT};
use crate::fields::{Fields, string};
use crate::native::members::find;
use crate::native::members::object::MemberObject;
use crate::native::organizations::{self, actor};
use crate::params::{IfMatch, MemberUid, Uid};
use crate::problem::Problem;

/// What a client may send back unchanged, having got it.
const READ_ONLY: &[&str] = &["user", "email", "joined_at"];

/// The role; read-only fields are ignored.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"role": "admin"}))]
#[expect(dead_code, reason = "documents what the handler reads")]
pub(crate) struct UpdateMember {
    /// owner, admin or member; only owners make and unmake owners.
    #[schema(pattern = "^(owner|admin|member)$")]
    role: String,
}

/// Change a member's role.
///
/// The last owner stays one.
#[utoipa::path(
    context_path = "",
    tag = "organizations",
    params(Uid, MemberUid, IfMatch),
    request_body = UpdateMember,
    responses((status = 200, description = "The member.", body = MemberObject)),
    security(("bearer" = []), ("api_key" = []), ("cookie" = [])),
)]
#[patch("/{uid}/members/{member}/")]
pub(crate) async fn update_member(
    request: HttpRequest,
    user: User,
    api: web::Data<Api>,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let permission = Permission::MembersUpdate;
    let view = organizations::find_for(permission, &api, &user, &request).await?;
    let member = find(&api, &view, &request).await?;
    let object = body.read(JSON_LIMIT).await?.changes()?;
    let role = Fields::read(object, READ_ONLY, |f| {
        f.optional("role", string(Role::parse))
    })?;
    let seen = MemberObject::representation(&member, &view, &api.app.avatars);
    let expected = seen.expected(&request, member.version)?;
    let Some(role) = role else {
        return Ok(seen.answer(StatusCode::OK));
    };
    let actor = actor(&user, &request);
    let updated = api
        .app
        .organizations
        .change_role(&actor, view.organization.id, member.user, role, expected)
        .await?;
    // Who gives up a role may see less from now on.
    let view = organizations::find(&api, &user, &request).await?;
    Ok(MemberObject::representation(&updated, &view, &api.app.avatars).answer(StatusCode::OK))
}
