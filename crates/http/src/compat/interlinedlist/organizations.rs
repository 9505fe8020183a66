//! The user's organizations.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, get, post, web};
use utoipa::ToSchema;
use vestibule_domain::organizations::{Actor, CreateOrganization, OrganizationName};

use super::error::Failure;
use super::shapes::{ErrorObject, OrganizationObject};
use crate::answer;
use crate::api::Api;
use crate::auth::{CookieUser, origin};
use crate::body::{Body, JSON_LIMIT};
use crate::fields::{Fields, string};

/// The organizations that the user belongs to, the last joined first.
#[utoipa::path(
    context_path = "",
    tag = "users and profile",
    responses(
        (status = 200, description = "The organizations.", body = Vec<OrganizationObject>),
        ErrorObject,
    ),
    security(("cookie" = [])),
)]
#[get("/api/user/organizations/")]
pub(super) async fn list_organizations(
    user: CookieUser,
    api: web::Data<Api>,
) -> Result<HttpResponse, Failure> {
    let views = api.app.organizations.all_of(user.0.account.id).await?;
    let list: Vec<_> = views.iter().map(OrganizationObject::from).collect();
    Ok(answer::json(StatusCode::OK, &list))
}

/// An organization to make.
#[derive(ToSchema)]
#[schema(example = json!({"name": "Vinyl Dealers"}))]
#[expect(dead_code, reason = "documents what the handler reads")]
pub(super) struct NewOrganization {
    /// Its name.
    name: String,
}

/// Create an organization, which the user then owns.
#[utoipa::path(
    context_path = "",
    tag = "users and profile",
    request_body = NewOrganization,
    responses(
        (status = 201, description = "The organization.", body = OrganizationObject),
        ErrorObject,
    ),
    security(("cookie" = [])),
)]
#[post("/api/user/organizations/")]
pub(super) async fn create_organization(
    request: HttpRequest,
    user: CookieUser,
    api: web::Data<Api>,
    body: Body,
) -> Result<HttpResponse, Failure> {
    let object = body.read(JSON_LIMIT).await?.object()?;
    let parse = string(OrganizationName::parse);
    let name = Fields::read_known(object, |f| f.required("name", parse))?;
    let actor = Actor {
        user: user.0.account.id,
        origin: origin(&request),
    };
    let create = CreateOrganization::new(name);
    let view = api.app.organizations.create(&actor, create, None).await?;
    Ok(answer::json(
        StatusCode::CREATED,
        &OrganizationObject::from(&view),
    ))
}
