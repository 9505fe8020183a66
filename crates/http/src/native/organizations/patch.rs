use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, patch, web};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use vestibule_domain::organizations::{OrganizationChanges, OrganizationName, Permission, Slug};

use crate::answer::Representation;
use crate::api::Api;
use crate::auth::User;
use crate::body::{Body, JSON_LIMIT};
use crate::fields::{Fields, string};
use crate::native::organizations::object::OrganizationObject;
use crate::native::organizations::{actor, find_for};
use crate::params::{IfMatch, Uid};
use crate::problem::Problem;

/// What a client may send back unchanged, having got it.
const READ_ONLY: &[&str] = &[
    "uid",
    "number",
    "company",
    "role",
    "permissions",
    "is_default",
    "member_count",
    "created_at",
    "updated_at",
];

/// The fields to change; read-only ones are ignored.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"display_name": "Vinyl and Shellac Dealers"}), min_properties = 1)]
#[expect(dead_code, reason = "documents what `read` reads")]
pub(crate) struct UpdateOrganization {
    /// Its name; the slug stays.
    #[schema(min_length = 1, max_length = 255, nullable = false)]
    display_name: Option<String>,
    /// Its name in URLs, unique.
    #[schema(
        min_length = 1,
        max_length = 63,
        pattern = "^[a-z0-9-]{1,63}$",
        nullable = false
    )]
    slug: Option<String>,
}

fn read(object: Map<String, Value>) -> Result<OrganizationChanges, Problem> {
    Fields::read(object, READ_ONLY, |f| {
        let display_name = f.optional("display_name", string(OrganizationName::parse));
        let slug = f.optional("slug", string(Slug::parse));
        Ok(OrganizationChanges {
            display_name: display_name?,
            slug: slug?,
        })
    })
}

/// Update an organization.
///
/// Sets the fields that are sent. For owners and admins.
#[utoipa::path(
    context_path = "",
    tag = "organizations",
    params(Uid, IfMatch),
    request_body = UpdateOrganization,
    responses((status = 200, description = "The organization.", body = OrganizationObject)),
    security(("bearer" = []), ("api_key" = []), ("cookie" = [])),
)]
#[patch("/{uid}/")]
pub(crate) async fn update_organization(
    request: HttpRequest,
    user: User,
    api: web::Data<Api>,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let view = find_for(Permission::OrganizationUpdate, &api, &user, &request).await?;
    let changes = read(body.read(JSON_LIMIT).await?.changes()?)?;
    let seen = Representation::of(&OrganizationObject::from(&view));
    let organization = view.organization;
    let expected = seen.expected(&request, organization.version)?;
    let actor = actor(&user, &request);
    let updated = api
        .app
        .organizations
        .update(&actor, organization.id, changes, expected)
        .await?;
    Ok(Representation::of(&OrganizationObject::from(&updated)).answer(StatusCode::OK))
}
